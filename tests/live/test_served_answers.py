"""What the embedded server answers is what onnxruntime answers in process, alone or in a batch, value by value."""

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput, InferResult
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY
from tests.live import small_models

pytestmark = pytest.mark.live

SMALL_MODELS = {
    small_models.write_arithmetic: """
        name: "arithmetic" platform: "onnxruntime_onnx" max_batch_size: 8
        input [ { name: "a" data_type: TYPE_FP32 dims: [ 2 ] }, { name: "b" data_type: TYPE_FP32 dims: [ 2 ] } ]
        output [ { name: "sum" data_type: TYPE_FP32 dims: [ 2 ] },
                 { name: "difference" data_type: TYPE_FP32 dims: [ 2 ] } ]
        response_cache { enable: true }""",
    # Requests wait 0.1 s for company, so that those of one test share a batch; ragged ones although they differ.
    small_models.write_total: """
        name: "total" platform: "onnxruntime_onnx" max_batch_size: 8
        input [ { name: "values" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true } ]
        output [ { name: "total" data_type: TYPE_FP32 dims: [ 1 ] } ]
        dynamic_batching { max_queue_delay_microseconds: 100000 }""",
    small_models.write_pick: """
        name: "pick" platform: "onnxruntime_onnx" max_batch_size: 8
        input [ { name: "index" data_type: TYPE_INT64 dims: [ 1 ] } ]
        output [ { name: "value" data_type: TYPE_INT32 dims: [ 1 ] } ]
        dynamic_batching { max_queue_delay_microseconds: 100000 }
        parameters { key: "intra_op_thread_count" value { string_value: "2" } }""",
    # Neither inputs nor outputs: they are taken from the model file.
    small_models.write_echo: 'name: "echo" platform: "onnxruntime_onnx"',
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("small_models")
    for write, config in SMALL_MODELS.items():
        write(repository, config)
    with TritonServer(repository, explicit=True, response_cache_mib=1) as server:
        yield server


@pytest.fixture(scope="module")
def client(small: TritonServer) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(small.grpc_url) as client:
        for name in ("arithmetic", "total", "pick", "echo"):
            client.load_model(name)
        yield client


@pytest.fixture
def mnist(triton: TritonServer) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(triton.grpc_url) as client:
        yield client


def tensor(name: str, array: np.ndarray) -> InferInput:
    result = InferInput(name, array.shape, np_to_triton_dtype(array.dtype))
    result.set_data_from_numpy(array)
    return result


def send(client: InferenceServerClient, model: str, *inputs: InferInput) -> Future[InferResult]:
    """Start a request, without waiting for its answer."""
    future: Future[InferResult] = Future()

    def finish(result: InferResult | None, error: InferenceServerException | None) -> None:
        future.set_result(result) if error is None else future.set_exception(error)

    client.async_infer(model, list(inputs), callback=finish)
    return future


def in_process(model: str, digits: np.ndarray) -> np.ndarray:
    file = Path(MODEL_REPOSITORY) / model / "1" / "model.onnx"
    return ort.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, {"input.1": digits})[0]


def counts(client: InferenceServerClient, model: str) -> np.ndarray:
    """Return how many inferences the model made so far, in how many runs."""
    statistics = client.get_inference_statistics(model).model_stats[0]
    return np.array([statistics.inference_count, statistics.execution_count])


same = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)


def test_a_single_digit_gets_the_answer_of_onnxruntime(mnist):
    digit = np.random.default_rng(1).random((1, 1, 28, 28), np.float32)

    served = mnist.infer("mnist-onnx", [tensor("input.1", digit)]).as_numpy("predictions")

    assert served.shape == (1, 10)
    same(served, in_process("mnist-onnx", digit))


def test_concurrent_requests_of_several_sizes_share_runs_and_each_gets_its_own_answer(mnist):
    generator = np.random.default_rng(2)
    requests = [generator.random((size, 1, 28, 28), np.float32) for size in (1, 2, 3, 5) * 10]
    before = counts(mnist, "mnist-onnx-batch")

    answers = [send(mnist, "mnist-onnx-batch", tensor("input.1", digits)) for digits in requests]

    for digits, answer in zip(requests, answers, strict=True):
        same(answer.result().as_numpy("predictions"), in_process("mnist-onnx-batch", digits))
    inferences, runs = counts(mnist, "mnist-onnx-batch") - before
    assert inferences == 110
    assert runs < 40, "fewer runs than requests"


def test_requests_of_one_batch_that_differ_in_shape_are_answered_apart(client):
    rows = [[1, 2, 3], [4, 5], [6, 7, 8], [9]]
    before = counts(client, "total")

    answers = [send(client, "total", tensor("values", np.array([row], np.float32))) for row in rows]

    assert [answer.result().as_numpy("total").tolist() for answer in answers] == [[[6]], [[9]], [[21]], [[9]]]
    assert (counts(client, "total") - before)[1] < 4, "Triton itself has put some of them into one batch"


def test_a_request_that_fails_does_not_fail_its_neighbours(client):
    before = counts(client, "pick")

    good, bad, other = [send(client, "pick", tensor("index", np.array([[i]]))) for i in (2, 7, 0)]

    assert good.result().as_numpy("value").tolist() == [[30]]
    assert other.result().as_numpy("value").tolist() == [[10]]
    with pytest.raises(InferenceServerException, match=r"out of (data )?bounds"):
        bad.result()
    assert (counts(client, "pick") - before)[1] < 3, "they were neighbours"


def test_only_the_outputs_asked_for_come_back(client):
    a, b = np.array([[3, 4]], np.float32), np.array([[1, 1]], np.float32)
    wanted = [InferRequestedOutput("difference")]

    result = client.infer("arithmetic", [tensor("a", a), tensor("b", b)], outputs=wanted)

    assert [output.name for output in result.get_response().outputs] == ["difference"]
    assert result.as_numpy("difference").tolist() == [[2, 3]]


def test_the_second_same_request_comes_from_the_response_cache(client):
    inputs = [tensor(name, np.array([[5, 6]], np.float32)) for name in ("a", "b")]
    first = client.infer("arithmetic", inputs)
    before = client.get_inference_statistics("arithmetic").model_stats[0].inference_stats.cache_hit.count

    second = client.infer("arithmetic", inputs)

    after = client.get_inference_statistics("arithmetic").model_stats[0].inference_stats.cache_hit.count
    assert after - before == 1
    assert second.as_numpy("sum").tolist() == first.as_numpy("sum").tolist() == [[10, 12]]


def test_text_comes_back_as_it_was_sent(client):
    text = np.array([["seven", "sieben, fünf, 七"]], np.object_)

    echo = client.infer("echo", [tensor("text", text)]).as_numpy("echo")

    assert [element.decode() for element in echo.flat] == ["seven", "sieben, fünf, 七"]


def test_what_the_configuration_leaves_out_is_taken_from_the_model_file(client):
    metadata = client.get_model_metadata("echo")

    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.inputs] == [("text", "BYTES", [-1, 2])]
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.outputs] == [("echo", "BYTES", [-1, 2])]


def test_an_explicit_server_serves_what_was_loaded_by_the_api_and_nothing_else(small, client):
    assert small.models == ("arithmetic", "echo", "pick", "total")

    client.unload_model("echo")

    assert small.models == ("arithmetic", "pick", "total")
    client.load_model("echo")
    assert "echo" in small.models
