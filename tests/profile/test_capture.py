"""Exchanges that are kept, and the export that is made of them, for windows that can be checked by hand."""

import time
from time import perf_counter_ns

import numpy as np
import pytest
from tritonclient.grpc import service_pb2

from loadgen.engine.client import Client
from loadgen.engine.shares import one_for_each
from loadgen.load.model import Model
from loadgen.load.modes import Concurrency
from loadgen.load.steps import Step
from loadgen.load.tensors import TensorSpec
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.profile.capture import Capture
from loadgen.profile.grpc_client import outputs
from loadgen.profile.sent import Sent
from loadgen.units import ms
from loadgen.wire.exchange import Exchange, Failure, Request
from loadgen.wire.grpc import unary_request

MODEL = Model("add", 0, (TensorSpec("a", "INT32", (1,)),), (TensorSpec("b", "INT32", (1,)),))
BATCHED = Model("add", 8, MODEL.inputs, MODEL.outputs)


def request():
    return Request((), b"")


def answered(asked, number):
    """Return an exchange that ended with an answer, sent at this instant."""
    response = service_pb2.ModelInferResponse(model_name="add")
    response.outputs.add(name="b", datatype="INT32", shape=[1])
    response.raw_output_contents.append(np.array([number], np.int32).tobytes())
    exchange = Exchange(asked)
    exchange.headers = exchange.trailers = {b"grpc-status": b"0"}
    exchange.body += unary_request((), response.SerializeToString()).body
    exchange.sent_ns = perf_counter_ns()
    return exchange


def watched(capture, model, *sent, name="add"):
    """Return what judges the exchanges of a load that sends these requests with these inputs."""

    async def connect():
        raise AssertionError("nothing is sent")

    client = Client(connect, lambda exchange: exchange.failure, one_for_each)
    sent_as = {asked: Sent(Step(inputs), f"step {number}") for number, (asked, inputs) in enumerate(sent)}
    return capture.watch(client, model, name=name, outputs_of=outputs, sent_as=sent_as.__getitem__).failure_of


def level(begin_ns, end_ns, counts, concurrency=1):
    """Return a level of equal windows in which so many requests ended."""
    length_ns = (end_ns - begin_ns) // len(counts)
    windows = []
    for index, count in enumerate(counts):
        start_ns = begin_ns + index * length_ns
        nothing = np.full(count, start_ns)
        windows.append(Window(start_ns, start_ns + length_ns, Records(nothing, nothing), None))
    trials = tuple(summarize([window]) for window in windows)
    return LevelResult(Concurrency(concurrency), summarize(windows), Verdict(stable=True), trials, tuple(windows[-3:]))


def test_requests_of_two_levels_with_what_came_between():
    capture, asked = Capture(), request()
    judge = watched(capture, MODEL, (asked, {"a": np.array([7], np.int32)}))
    begins = [perf_counter_ns()]
    for number in (10, 11, 12):
        judge(answered(asked, number))
    judge(answered(asked, 13))  # when the first level was over
    begins.append(perf_counter_ns())
    judge(answered(asked, 14))

    first, second = capture.experiments(
        [level(begins[0], begins[1], [2, 1]), level(begins[1], begins[1] + ms(1), [1], 2)]
    )

    assert [answer.outputs for answer in first.requests] == [[{"b": 10}], [{"b": 11}], [{"b": 12}]]
    assert [answer.outputs for answer in second.requests] == [[{"b": 14}]]
    assert first.requests[0].inputs == '{"a":7}'
    assert (first.load, second.load) == (Concurrency(1), Concurrency(2))
    assert (len(first.boundaries_ns), len(second.boundaries_ns)) == (3, 2)


def test_instants_are_those_of_the_wall_clock():
    before_ns, capture, asked = time.time_ns(), Capture(), request()
    judge = watched(capture, MODEL, (asked, {"a": np.array([7], np.int32)}))
    begin_ns = perf_counter_ns()
    judge(answered(asked, 1))
    (experiment,) = capture.experiments([level(begin_ns, perf_counter_ns(), [1])])
    (answer,) = experiment.requests
    instants = [experiment.boundaries_ns[0], answer.sent_ns, *answer.response_ns]

    assert instants == sorted(instants)
    assert all(abs(instant - before_ns) < ms(60_000) for instant in instants)


def test_all_windows_have_a_boundary_although_three_alone_are_kept():
    capture = Capture()
    measured = level(1000, 6000, [0, 0, 0, 0, 0])
    (experiment,) = capture.experiments([measured])

    assert len(measured.windows) == 3
    assert np.diff(experiment.boundaries_ns).tolist() == [1000] * 5


def test_a_request_that_failed_is_judged_as_before_and_not_kept():
    capture, asked = Capture(), request()
    judge = watched(capture, MODEL, (asked, {"a": np.array([7], np.int32)}))
    begin_ns = perf_counter_ns()
    exchange = answered(asked, 1)
    exchange.failure = Failure("UNAVAILABLE", "going down")

    assert judge(exchange) == exchange.failure
    assert judge(answered(asked, 2)) is None
    (experiment,) = capture.experiments([level(begin_ns, perf_counter_ns(), [1])])
    assert [answer.outputs for answer in experiment.requests] == [[{"b": 2}]]


@pytest.mark.parametrize(
    ("model", "exported"),
    [(BATCHED, '{"a":1}'), (MODEL, '{"a":[1,2]}')],
    ids=["the first of a batch", "all of a tensor"],
)
def test_inputs(model, exported):
    capture, asked = Capture(), request()
    judge = watched(capture, model, (asked, {"a": np.array([[1], [2]], np.int32)}))
    begin_ns = perf_counter_ns()
    judge(answered(asked, 1))
    (experiment,) = capture.experiments([level(begin_ns, perf_counter_ns(), [1])])

    assert experiment.requests[0].inputs == exported


def test_each_request_has_its_own_inputs():
    capture, one, two = Capture(), request(), request()
    judge = watched(capture, MODEL, (one, {"a": np.array([1], np.int32)}), (two, {"a": np.array([2], np.int32)}))
    begin_ns = perf_counter_ns()
    for asked in (one, two, one):
        judge(answered(asked, 0))
    (experiment,) = capture.experiments([level(begin_ns, perf_counter_ns(), [3])])

    assert [answer.inputs for answer in experiment.requests] == ['{"a":1}', '{"a":2}', '{"a":1}']


def test_a_run_in_which_nothing_was_measured():
    nothing = summarize([Window(0, 1, Records(*np.zeros((2, 0), np.int64)), None)])

    assert Capture().experiments([LevelResult(Concurrency(1), nothing, Verdict(stable=False))]) == []
