"""Windows cut into seconds, with few requests."""

import numpy as np

from loadgen.measure.records import Records
from loadgen.measure.timeline import seconds_of
from loadgen.measure.windows import Window
from loadgen.units import ms, seconds


def window(start_s, end_s, ends_ms, *, batch_size=1):
    """Return a window of requests of 1 ms that ended at these instants."""
    end_ns = np.array([ms(end) for end in ends_ms], np.int64)
    return Window(seconds(start_s), seconds(end_s), Records(end_ns - ms(1), end_ns), None, batch_size)


def ends_ms(second):
    return [end_ns // ms(1) for end_ns in second.records.end_ns.tolist()]


def test_two_windows_are_cut_into_seconds_and_a_rest():
    parts = seconds_of([window(10, 11.2, [10_100, 10_900, 11_100]), window(11.2, 12.4, [11_300, 12_400])])

    assert [(part.start_ns, part.end_ns) for part in parts] == [
        (seconds(10), seconds(11)),
        (seconds(11), seconds(12)),
        (seconds(12), seconds(12.4)),
    ]
    assert [ends_ms(part) for part in parts] == [[10_100, 10_900], [11_100, 11_300], [12_400]]


def test_a_request_that_ends_with_a_second_belongs_to_it():
    assert [ends_ms(part) for part in seconds_of([window(0, 2, [1000, 1001])])] == [[1000], [1001]]


def test_records_out_of_order_are_put_where_they_belong():
    assert [ends_ms(part) for part in seconds_of([window(0, 2, [1500, 500, 1600])])] == [[500], [1500, 1600]]


def test_a_second_without_a_request_is_there_too():
    assert [ends_ms(part) for part in seconds_of([window(0, 3, [500, 2500])])] == [[500], [], [2500]]


def test_the_batch_counts_as_before():
    assert [part.batch_size for part in seconds_of([window(0, 1.5, [500], batch_size=8)])] == [8, 8]


def test_a_whole_second_has_no_rest():
    assert len(seconds_of([window(0, 1, [500])])) == 1


def test_latencies_stay_what_they_were():
    (part,) = seconds_of([window(0, 1, [500, 600])])

    assert part.records.latency_ns.tolist() == [ms(1), ms(1)]


def test_no_windows_have_no_seconds():
    assert seconds_of([]) == []
