"""Replies of several models told apart, window by window."""

from dataclasses import replace

import numpy as np

from loadgen.measure.failures import FailureCount
from loadgen.measure.records import Records
from loadgen.measure.responses import Responses
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.profile.by_model import ByModel
from loadgen.profile.server_counters import with_server
from loadgen.units import seconds
from loadgen.wire.exchange import Exchange, Failure, Request

ASKED_A, ALSO_A, ASKED_B = (Request((), b"") for _ in range(3))
LATE = Failure("timeout", "no answer")


def models(*, is_decoupled=False):
    by_model = ByModel()
    by_model.add("a", [ASKED_A, ALSO_A], lambda exchange: exchange.failure)
    by_model.add("b", [ASKED_B], lambda exchange: exchange.failure, is_decoupled=is_decoupled)
    return by_model


def answer(by_model, *requests, failure=None):
    for request in requests:
        exchange = Exchange(request)
        exchange.failure = failure
        assert by_model.failure_of(exchange) == failure


def window(latencies_ns, *, planned=False):
    """Return a window of a second with requests that ended one nanosecond after the other."""
    end_ns = seconds(1) + np.arange(len(latencies_ns), dtype=np.int64)
    start_ns = end_ns - np.array(latencies_ns, np.int64)
    return Window(seconds(1), seconds(2), Records(start_ns, end_ns, planned_ns=start_ns - 1 if planned else None), None)


def test_the_figures_of_each_model_are_those_of_its_own_replies():
    by_model = models()
    answer(by_model, ASKED_A, ASKED_B, ALSO_A, ASKED_A)

    summary = summarize([by_model.told_apart(window([10, 99, 20, 30]))])

    assert (summary.request_count, summary.models["a"].request_count, summary.models["b"].request_count) == (4, 3, 1)
    assert (summary.models["a"].average_ns, summary.models["b"].average_ns) == (20, 99)
    assert (summary.throughput, summary.models["a"].throughput, summary.models["b"].throughput) == (4, 3, 1)
    assert summary.response_throughput is None


def test_a_window_has_what_ended_since_the_one_before():
    by_model = models()
    answer(by_model, ASKED_A, ASKED_A)
    by_model.add_failure(ASKED_B, LATE)
    by_model.told_apart(window([1, 2]))
    answer(by_model, ASKED_B)

    second = by_model.told_apart(window([5]))

    assert [len(model.records) for model in second.models.values()] == [0, 1]
    assert second.models["b"].records.failures == {}


def test_failed_requests_are_counted_for_their_model_when_they_have_failed_for_good():
    by_model = models()
    answer(by_model, ASKED_A, ASKED_B, failure=LATE)  # which may be sent again
    by_model.add_failure(ASKED_B, LATE)
    by_model.add_failure(ASKED_B, LATE)
    by_model.add_failure(ALSO_A, Failure("UNAVAILABLE", "gone"))

    told = by_model.told_apart(window([]))

    assert told.models["a"].records.failures == {"UNAVAILABLE": FailureCount(1, "gone")}
    assert told.models["b"].records.failures == {"timeout": FailureCount(2, "no answer")}


def test_in_an_open_loop_each_model_has_its_planned_latencies():
    by_model = models()
    answer(by_model, ASKED_A, ASKED_B)

    told = by_model.told_apart(window([10, 20], planned=True))

    assert [summarize([model]).planned.average_ns for model in told.models.values()] == [11, 21]


def test_the_responses_of_a_decoupled_model_are_its_own_and_those_of_all_are_all():
    by_model = models(is_decoupled=True)
    answer(by_model, ASKED_B, ASKED_A, ASKED_B)
    seen = Responses(np.array([2, 1, 3]), np.array([10, 11, 20, 30, 31, 32]))

    told = by_model.told_apart(replace(window([1, 2, 3]), responses=seen))

    assert told.responses is seen
    assert told.models["a"].responses is None
    assert told.models["b"].responses.counts.tolist() == [2, 3]
    assert told.models["b"].responses.seen_ns.tolist() == [10, 11, 30, 31, 32]


def test_a_decoupled_model_without_a_response_has_none_in_a_window():
    by_model = models(is_decoupled=True)
    answer(by_model, ASKED_B)

    told = by_model.told_apart(replace(window([1]), responses=Responses(np.array([0]), np.array([], np.int64))))

    assert summarize([told.models["b"]]).response_throughput == 0


def test_a_window_that_is_clamped_is_so_for_each_model():
    by_model = models()
    answer(by_model, ASKED_A, ASKED_B)

    clamped = by_model.told_apart(window([10, 20])).clamped()

    assert {model.duration_ns for model in clamped.models.values()} == {clamped.duration_ns} == {20}


def counted(count, **more):
    return ServerStatistics(inference_count=count, success=Spent(count, count * 1000), **more)


def test_what_the_server_did_is_that_of_each_model_and_of_all():
    told = models().told_apart(window([]))

    seen = with_server(told, {"a": counted(5), "b": counted(1)}, {"a": counted(8), "b": counted(3)})

    assert (seen.models["a"].server, seen.models["b"].server) == (counted(3), counted(2))
    assert seen.server == counted(5)


def test_where_one_model_has_no_figures_of_the_servers_there_are_none_of_all():
    told = models().told_apart(window([]))

    seen = with_server(told, {"a": counted(5), "b": None}, {"a": counted(8), "b": counted(3)})

    assert (seen.models["a"].server, seen.models["b"].server, seen.server) == (counted(3), None, None)


def test_an_ensemble_has_its_own_figures_and_none_together_with_others():
    composed = counted(1, composing={("c", "1"): counted(1)})
    told = models().told_apart(window([]))

    seen = with_server(told, dict.fromkeys("ab", ServerStatistics()), {"a": composed, "b": counted(3)})

    assert (seen.models["a"].server, seen.server) == (composed, None)
