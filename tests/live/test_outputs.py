"""Each of many requests in flight gets its own answer, and the right one: compared with onnxruntime in process."""

from dataclasses import replace
from itertools import cycle

import numpy as np
import onnxruntime as ort
import pytest
from tritonclient.grpc import service_pb2

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.records import Records
from loadgen.profile.client import client_for, encoder_for
from loadgen.triton.control import control_plane
from loadgen.triton.http_outputs import http_outputs_of
from loadgen.triton.outputs import outputs_of
from loadgen.triton.server import TritonServer
from loadgen.wire.exchange import CONNECTION_LOST, Exchange, Failure
from loadgen.wire.grpc import message_of
from tests.conftest import MODEL_REPOSITORY
from tests.engine.servers import PATIENCE_S, until

pytestmark = pytest.mark.live

MODEL = "mnist-onnx-batch"
DIFFERENT = 64
IN_FLIGHT = 64
SERVERS = 5
WRONG = "wrong answer"


@pytest.fixture(scope="module")
def digits() -> list[np.ndarray]:
    """64 different pictures, for which the model gives answers that differ by far more than is tolerated."""
    rng = np.random.default_rng(7)
    return [rng.normal(0, 3, (1, 1, 28, 28)).astype(np.float32) for _ in range(DIFFERENT)]


@pytest.fixture(scope="module")
def answers(digits: list[np.ndarray]) -> list[np.ndarray]:
    session = ort.InferenceSession(MODEL_REPOSITORY / MODEL / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    return [session.run(["predictions"], {"input.1": digit})[0] for digit in digits]


def test_the_answers_can_be_told_apart(answers: list[np.ndarray]):
    flat = np.concatenate(answers)
    distances = np.abs(flat[:, None] - flat[None]).max(axis=2)
    assert distances[~np.eye(DIFFERENT, dtype=bool)].min() > 0.01


TRANSPORTS = [
    pytest.param("grpc", Transport(), id="gRPC"),
    pytest.param("grpc", Transport(compression="gzip"), id="gRPC, compressed"),
    pytest.param("grpc", Transport(client="grpcio"), id="grpcio"),
    pytest.param("http", Transport(), id="HTTP"),
    pytest.param("http", Transport(json_inputs=True, json_outputs=True), id="HTTP, JSON"),
]


@pytest.mark.parametrize(("protocol", "transport"), TRANSPORTS)
def test_no_answers_are_mixed_up(triton: TritonServer, digits, answers, protocol: str, transport: Transport):
    url = triton.http_url if protocol == "http" else triton.grpc_url
    sent, records = compare(Target(url, MODEL, protocol=protocol), transport, digits, answers)
    assert records.failures == {}
    assert len(records) >= 10 * DIFFERENT
    assert len(sent) == DIFFERENT, "each of the requests"


def test_no_answers_are_mixed_up_on_streams(digits, answers):
    """Triton 24.10 dies of signal 11 about once in a few thousand requests on streams, when it deletes a request.

    So it has servers of its own, and the next one when that has happened.
    """
    for _ in range(SERVERS):
        with TritonServer(MODEL_REPOSITORY) as server:
            sent, records = compare(Target(server.grpc_url, MODEL), Transport(streaming=True), digits, answers)
        if CONNECTION_LOST not in records.failures:
            break
    assert records.failures == {}
    assert len(records) >= 10 * DIFFERENT
    assert len(sent) == DIFFERENT, "each of the requests"


def test_a_mix_up_would_be_noticed(triton: TritonServer, digits, answers):
    others = answers[1:] + answers[:1]
    _, records = compare(Target(triton.grpc_url, MODEL), Transport(), digits, others)
    assert set(records.failures) == {WRONG}


def compare(target: Target, transport: Transport, digits, answers) -> tuple[set[int], Records]:
    """Keep 64 requests in flight and compare each answer with its own; return which were sent, and the records."""
    with control_plane(target) as control:
        model = control.describe()
    encode = encoder_for(target, transport, model)
    requests = [encode({"input.1": digit}) for digit in digits]
    expected = {id(request): answer for request, answer in zip(requests, answers, strict=True)}
    client = client_for(target, transport)
    sent: set[int] = set()

    def failure_of(exchange: Exchange) -> Failure | None:
        if failure := client.failure_of(exchange):
            return failure
        sent.add(id(exchange.request))
        given, right = predictions(exchange, target, transport), expected[id(exchange.request)]
        return None if np.allclose(given, right, rtol=0, atol=1e-4) else Failure(WRONG, f"{given} is not {right}")

    return sent, run_in_event_loop(load(replace(client, failure_of=failure_of), requests, ended=10 * DIFFERENT))


def predictions(exchange: Exchange, target: Target, transport: Transport) -> np.ndarray:
    if target.protocol == "http":
        return http_outputs_of(exchange)["predictions"]
    if not transport.streaming:
        return outputs_of(message_of(exchange))["predictions"]
    (message,) = exchange.responses
    reply = service_pb2.ModelStreamInferResponse.FromString(message)
    return outputs_of(reply.infer_response.SerializeToString())["predictions"]


async def load(client: Client, requests: list[object], *, ended: int) -> Records:
    loop = ClosedLoop(client, cycle(requests))
    try:
        await loop.set_level(IN_FLIGHT)
        await until(lambda: len(loop.records) >= ended or loop.failed.is_set())
        await loop.drain(PATIENCE_S)
    finally:
        await loop.close()
    return loop.records.take()
