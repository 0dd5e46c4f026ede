import numpy as np

from loadgen.engine.recorder import Recorder
from loadgen.measure.failures import FailureCount
from loadgen.wire.exchange import Failure


def test_records_come_out_as_columns_in_order_of_completion():
    recorder = Recorder()
    recorder.add(10, 40)
    recorder.add(20, 50)

    assert len(recorder) == 2
    records = recorder.take()

    assert records.start_ns.tolist() == [10, 20]
    assert records.end_ns.tolist() == [40, 50]
    assert records.latency_ns.tolist() == [30, 30]
    assert records.start_ns.dtype == records.end_ns.dtype == np.int64


def test_what_was_taken_is_gone():
    recorder = Recorder()
    recorder.add(1, 2)
    recorder.take()

    assert len(recorder) == 0
    assert len(recorder.take()) == 0


def test_what_was_taken_does_not_change_any_more():
    recorder = Recorder()
    recorder.add(1, 2)
    taken = recorder.take()

    recorder.add(3, 4)

    assert taken.end_ns.tolist() == [2]
    assert recorder.take().end_ns.tolist() == [4]


def test_a_clock_of_nanoseconds_fits():
    recorder = Recorder()
    recorder.add(2**62, 2**63 - 1)

    assert recorder.take().end_ns.tolist() == [2**63 - 1]


def test_failures_are_counted_by_kind_with_the_first_example():
    recorder = Recorder()
    for failure in (Failure("UNAVAILABLE", "going down"), Failure("timeout", ""), Failure("UNAVAILABLE", "gone")):
        recorder.add_failure(failure)
    recorder.add(1, 2)

    assert len(recorder) == 1
    records = recorder.take()

    assert records.failures == {"UNAVAILABLE": FailureCount(2, "going down"), "timeout": FailureCount(1, "")}
    assert recorder.take().failures == {}


def test_good_and_bad_replies_have_ended():
    recorder = Recorder()
    recorder.add(1, 2)
    recorder.add_failure(Failure("timeout", ""))
    recorder.add_failure(Failure("UNAVAILABLE", "gone"))

    assert recorder.ended_count == 3
    recorder.take()
    assert recorder.ended_count == 0
