from dataclasses import replace

import pytest

from loadgen.load.modes import Concurrency, RequestRate
from loadgen.measure.judgement import judge
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.sends import Sends
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import summarize
from loadgen.measure.threshold import threshold
from loadgen.units import ms


@pytest.fixture
def level(window):
    """Return a maker of levels of one window with latencies from 1 ms to `count` ms; `failed` are there before it."""

    def make(count=2000, *, stable=True, failed=None, **more):
        last = window(list(range(1, count + 1)), **more)
        trials = [summarize([window([1.0], failed=failed)]), summarize([last])] if failed else [summarize([last])]
        return LevelResult(Concurrency(1), summarize([last]), Verdict(stable), tuple(trials), (last,))

    return make


def judged(level, text):
    (judgement,) = judge(level, [threshold(text)])
    return judgement


@pytest.mark.parametrize(
    ("text", "holds", "sentence"),
    [
        ("p99<1.5s", False, "p99 1.98 s > 1.5 s (limit), stable, 2 000 requests"),
        ("p99<2s", True, "p99 1.98 s < 2 s (limit), stable, 2 000 requests"),
        ("p99<1980ms", False, "p99 1980 ms = 1980 ms (limit), stable, 2 000 requests"),
        ("p99<=1980ms", True, "p99 1980 ms = 1980 ms (limit), stable, 2 000 requests"),
        ("p75<1s", False, "p75 1.5 s > 1 s (limit), stable, 2 000 requests"),
        ("p97.5<1950100us", True, "p97.5 1950000 us < 1950100 us (limit), stable, 2 000 requests"),
        ("avg<1s", False, "avg 1.0005 s > 1 s (limit), stable, 2 000 requests"),
        ("throughput>2500", False, "throughput 2000 infer/s < 2500 infer/s (limit), stable, 2 000 requests"),
        ("errors<0.1%", True, "errors 0 % < 0.1 % (limit), 0 of 2 000 requests failed"),
    ],
)
def test_the_sentence_tells_the_figure_the_limit_and_what_it_rests_on(level, text, holds, sentence):
    assert (judged(level(), text).holds, judged(level(), text).sentence) == (holds, sentence)


def test_the_actual_figure_is_in_the_unit_of_the_threshold(level):
    assert judged(level(), "p99<1.5s").actual == pytest.approx(1.98)
    assert judged(level(), "p99<1500ms").actual == 1980


def test_an_unstable_level_is_judged_as_well(level):
    judgement = judged(level(stable=False), "p50<9s")
    assert (judgement.holds, judgement.sentence) == (True, "p50 1 s < 9 s (limit), unstable, 2 000 requests")


@pytest.mark.parametrize(
    ("latency_ms", "limit", "written"),
    [
        (14.96, "14.97ms", "14.96 ms < 14.97 ms"),
        (15.000001, "15ms", "15.000001 ms > 15 ms"),
        (1234.5, "1ms", "1234 ms > 1 ms"),
        (0.0004, "1ms", "0.0004 ms < 1 ms"),
        (0.0, "1ms", "0 ms < 1 ms"),
    ],
)
def test_rounding_never_contradicts_the_sign(window, latency_ms, limit, written):
    alone = window([latency_ms])
    level = LevelResult(Concurrency(1), summarize([alone]), Verdict(stable=True), (summarize([alone]),), (alone,))

    assert judged(level, f"avg<{limit}").sentence == f"avg {written} (limit), stable, 1 request"


def test_errors_count_in_all_windows_and_are_told_by_an_example(level):
    some = level(99, failed={"UNAVAILABLE": 25})

    assert judged(some, "errors<0.1%").sentence == (
        "errors 20 % > 0.1 % (limit), 25 of 125 requests failed, for example [UNAVAILABLE] a word on UNAVAILABLE"
    )
    assert judged(some, "errors<=25").holds
    assert judged(some, "errors<25").actual == 25


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("p99<15ms", "p99 is not known, for 100 requests are too few (662 needed); 15 ms (limit)"),
        ("p99.9<15ms", "p99.9 is not known, for 100 requests are too few (6 636 needed); 15 ms (limit)"),
        ("adds<1ms", "adds is not known, for the server tells nothing of it; 1 ms (limit)"),
        ("queue<1ms", "queue is not known, for the server tells nothing of it; 1 ms (limit)"),
    ],
)
def test_a_figure_that_is_not_known_keeps_to_no_threshold(level, text, sentence):
    judgement = judged(level(100), text)
    assert (judgement.holds, judgement.actual, judgement.sentence) == (False, None, sentence)


@pytest.mark.parametrize("text", ["p50<1s", "avg<1s", "adds<1s", "compute>0us"])
def test_without_a_success_no_latency_is_known(window, text):
    nothing = window([], failed={"UNAVAILABLE": 3})
    level = LevelResult(
        Concurrency(1), summarize([nothing]), Verdict(stable=False), (summarize([nothing]),), (nothing,)
    )

    assert "is not known, for no request succeeded" in judged(level, text).sentence
    assert judged(level, "throughput<1").sentence.startswith("throughput 0 infer/s < 1 infer/s (limit), unstable")
    assert judged(level, "errors<100%").sentence.startswith("errors 100 % = 100 % (limit), 3 of 3 requests failed")


def test_the_times_of_the_server(level):
    served = ServerStatistics(
        success=Spent(100, ms(70_000)), queue=Spent(100, ms(20_000)), compute_infer=Spent(100, ms(40_000))
    )
    measured = level(1999, server=served)

    assert judged(measured, "queue<1s").actual == pytest.approx(0.2)
    assert judged(measured, "compute<1s").actual == pytest.approx(0.4)
    assert judged(measured, "adds<1s").actual == pytest.approx(1.0 - 0.7)
    assert judged(level(1000, server=served), "adds>=0ms").sentence == (
        "adds -200 ms < 0 ms (limit), stable, 1 000 requests"
    )


@pytest.mark.parametrize(("percentile", "felt_ms"), [("99", 1990), ("97.5", 1960)], ids=["of the summary", "any other"])
def test_in_an_open_loop_there_is_a_latency_from_the_planned_instant(window, percentile, felt_ms):
    """Each request is sent 10 ms after its instant."""
    sent = window(list(range(1, 2001)))
    planned_ns = sent.records.start_ns - ms(10)
    late = replace(sent, records=replace(sent.records, planned_ns=planned_ns, sends=Sends(2000, {})))
    level = LevelResult(RequestRate(2000), summarize([late]), Verdict(stable=True), (summarize([late]),), (late,))

    assert judged(level, f"planned-p{percentile}<2s").actual * 1000 == pytest.approx(felt_ms, abs=0.1)
    assert judged(level, f"p{percentile}<2s").actual * 1000 == pytest.approx(felt_ms - 10, abs=0.1)


def test_a_closed_loop_has_no_planned_instants(level):
    assert judged(level(), "planned-p99<2s").sentence == (
        "planned-p99 is not known, for a closed loop has no planned instants; 2 s (limit)"
    )
