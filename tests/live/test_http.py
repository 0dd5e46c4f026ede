"""Inference over HTTP on the real Triton: what comes back is right, as bytes and as JSON, and so is what goes wrong."""

import socket
from collections.abc import Iterator

import numpy as np
import onnxruntime as ort
import pytest

from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.triton.control import control_plane
from loadgen.triton.http_outputs import http_outputs_of
from loadgen.triton.http_request import http_request_form
from loadgen.triton.server import TritonServer
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.http1 import Http1Connection, Http1Request
from loadgen.wire.kserve_http import failure_of, infer_request
from tests.conftest import MODEL_REPOSITORY
from tests.live import small_models

pytestmark = pytest.mark.live

FORMS = pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="bytes"),
        pytest.param({"json_inputs": True}, id="JSON inputs"),
        pytest.param({"json_outputs": True}, id="JSON outputs"),
        pytest.param({"json_inputs": True, "json_outputs": True}, id="JSON"),
    ],
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("small_models")
    small_models.write_arithmetic(repository, 'name: "arithmetic" platform: "onnxruntime_onnx" max_batch_size: 8')
    small_models.write_pick(repository, 'name: "pick" platform: "onnxruntime_onnx" max_batch_size: 8')
    small_models.write_echo(repository, 'name: "echo" platform: "onnxruntime_onnx"')
    with TritonServer(repository) as server:
        yield server


def answers(url: str, requests: list[Http1Request]) -> list[Exchange]:
    """Send the requests one after the other over one connection."""
    host, _, port = url.rpartition(":")
    connection = Http1Connection()
    exchanges: list[Exchange] = []
    with socket.create_connection((host, int(port)), timeout=10) as plug:
        for request in requests:
            connection.start(request)
            plug.sendall(connection.take_output())
            while connection.in_flight:
                data = plug.recv(2**16)
                assert data, "the server closed the connection"
                exchanges += connection.receive(data)
    return exchanges


def served(url: str, name: str, inputs: dict[str, np.ndarray], **form: bool) -> dict[str, np.ndarray]:
    target = Target(url, name, protocol="http")
    with control_plane(target) as control:
        request = http_request_form(target, control.describe(), inputs, transport=Transport(**form))(())
    first, second = answers(url, [request, request])
    assert (failure_of(first), failure_of(second)) == (None, None)
    assert first.body == second.body
    return http_outputs_of(first)


@FORMS
def test_a_digit_gets_the_answer_of_onnxruntime(triton, form):
    digit = np.random.default_rng(3).random((1, 1, 28, 28), np.float32)
    session = ort.InferenceSession(MODEL_REPOSITORY / "mnist-onnx/1/model.onnx", providers=["CPUExecutionProvider"])
    (expected,) = session.run(["predictions"], {"input.1": digit})

    predictions = served(triton.http_url, "mnist-onnx", {"input.1": digit}, **form)["predictions"]

    assert (predictions.dtype, predictions.shape) == (np.float32, (1, 10))
    np.testing.assert_allclose(predictions, expected, rtol=1e-4, atol=1e-5)


@FORMS
def test_each_of_several_inputs_and_outputs_has_its_own_name(small, form):
    a, b = np.array([[1, 2], [3, 4]], np.float32), np.array([[10, 20], [30, 40]], np.float32)
    outputs = served(small.http_url, "arithmetic", {"b": b, "a": a}, **form)
    assert outputs["sum"].tolist() == [[11, 22], [33, 44]]
    assert outputs["difference"].tolist() == [[-9, -18], [-27, -36]]


@FORMS
def test_integers_come_back_as_they_are(small, form):
    outputs = served(small.http_url, "pick", {"index": np.array([[2], [0]], np.int64)}, **form)
    assert (outputs["value"].dtype, outputs["value"].tolist()) == (np.int32, [[30], [10]])


@FORMS
def test_text_comes_back_as_it_was_sent(small, form):
    text = np.array([[b"seven", 'sieben, "fünf", 七\n'.encode()]], object)
    assert served(small.http_url, "echo", {"text": text}, **form)["echo"].tolist() == text.tolist()


def test_what_goes_wrong_is_told_in_the_servers_words_and_the_connection_goes_on(triton):
    target = Target(triton.http_url, "mnist-onnx", protocol="http")
    with control_plane(target) as control:
        model = control.describe()
    good = http_request_form(target, model, generated_inputs(model, Inputs()), transport=Transport())(())
    unknown = infer_request(triton.http_url, "/v2/models/mnist/infer", b"{}")
    empty = infer_request(triton.http_url, "/v2/models/mnist-onnx/infer", b'{"inputs":[]}')
    nowhere = infer_request(triton.http_url, "/prefix/v2/models/mnist-onnx/infer", b"{}")

    failures = [failure_of(exchange) for exchange in answers(triton.http_url, [unknown, empty, nowhere, good])]

    assert failures[0] == Failure("HTTP 404", "Request for unknown model: 'mnist' is not found")
    assert failures[1] is not None
    assert failures[1].kind == "HTTP 400"
    assert "expected 1 inputs but got 0 inputs" in failures[1].message
    assert failures[2:] == [Failure("HTTP 404", "Not Found"), None]
