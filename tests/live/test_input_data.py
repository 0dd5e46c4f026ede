"""Input data from files on the real Triton: strings, optional inputs, batches and parameters, and what comes back."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

import loadgen
from loadgen import Concurrency, ErrorLimit, InferenceError, Inputs, Target, Transport, TritonServer, Windows
from loadgen.compare import tools
from loadgen.triton.control import control_plane
from tests.conftest import MODEL_REPOSITORY
from tests.live.test_decoupled import write_counter

pytestmark = pytest.mark.live

SHORT = Windows(length_s=0.1, tolerance=9.0)
CONFIG = """
    name: "shout" backend: "python" max_batch_size: 4
    input [ { name: "text" data_type: TYPE_STRING dims: [ 2 ] },
            { name: "ending" data_type: TYPE_STRING dims: [ 1 ] optional: true } ]
    output { name: "loud" data_type: TYPE_STRING dims: [ 2 ] }
"""
# The text in capitals, with an ending, which is an optional input or else a parameter.
MODEL = """
import json
import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        text = pb_utils.get_input_tensor_by_name(request, "text").as_numpy()
        ending = pb_utils.get_input_tensor_by_name(request, "ending")
        if ending is None:
            word = json.loads(request.parameters() or "{}").get("ending", "").encode()
            endings = np.full((len(text), 1), word, object)
        else:
            endings = ending.as_numpy()
        loud = [[word.upper() + end for word in words] for words, (end,) in zip(text, endings)]
        return pb_utils.InferenceResponse([pb_utils.Tensor("loud", np.array(loud, object))])
"""
ADD_SUB_CONFIG = """
    name: "add_sub" backend: "python"
    input [ { name: "a" data_type: TYPE_INT32 dims: [ -1 ] }, { name: "b" data_type: TYPE_INT32 dims: [ -1 ] } ]
    output [ { name: "sum" data_type: TYPE_INT32 dims: [ -1 ] },
             { name: "difference" data_type: TYPE_INT32 dims: [ -1 ] } ]
"""
ADD_SUB = """
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        a, b = (pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in ("a", "b"))
        return pb_utils.InferenceResponse([pb_utils.Tensor("sum", a + b), pb_utils.Tensor("difference", a - b)])
"""
TRANSPORTS = [
    pytest.param("grpc", Transport(), id="gRPC"),
    pytest.param("grpc", Transport(streaming=True), id="gRPC, streaming"),
    pytest.param("grpc", Transport(compression="gzip"), id="gRPC, compressed"),
    pytest.param("grpc", Transport(client="grpcio"), id="grpcio"),
    pytest.param("http", Transport(), id="HTTP"),
    pytest.param("http", Transport(json_inputs=True, json_outputs=True), id="HTTP, JSON"),
]


@pytest.fixture(scope="module")
def shouting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("shouting")
    for name, config, model in (("shout", CONFIG, MODEL), ("add_sub", ADD_SUB_CONFIG, ADD_SUB)):
        (repository / name / "1").mkdir(parents=True)
        (repository / name / "config.pbtxt").write_text(config)
        (repository / name / "1" / "model.py").write_text(model)
    write_counter(repository)
    with TritonServer(repository) as server:
        yield server


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes (inputs, expected outputs) of some steps into a file, and returns its name."""

    def write(*steps: tuple[dict[str, list[object]], dict[str, list[object]]]) -> str:
        path = tmp_path / "data.json"
        inputs, expected = zip(*steps, strict=True)
        path.write_text(json.dumps({"data": inputs, "validation_data": expected}))
        return str(path)

    return write


def target(server: TritonServer, protocol: str = "grpc", model: str = "shout") -> Target:
    return Target(server.http_url if protocol == "http" else server.grpc_url, model, protocol=protocol)


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_triton_says_which_inputs_are_optional(shouting: TritonServer, protocol: str):
    with control_plane(target(shouting, protocol)) as control:
        model = control.describe()
    assert {spec.name: spec.optional for spec in model.inputs} == {"ending": True, "text": False}


@pytest.mark.parametrize(("protocol", "transport"), TRANSPORTS)
def test_each_step_is_sent_as_it_stands_in_the_file(shouting: TritonServer, write, protocol: str, transport: Transport):
    file = write(
        ({"text": ["a", "bä"]}, {"loud": ["A", "Bä"]}),
        ({"text": ["", "c"], "ending": ["?"]}, {"loud": ["?", "C?"]}),
    )
    report = loadgen.run(
        target(shouting, protocol), Concurrency(2), windows=SHORT, inputs=Inputs(files=(file,)), transport=transport
    )
    assert report.request_count > 4
    assert report.failures == {}


@pytest.mark.parametrize(("protocol", "transport"), TRANSPORTS)
def test_integers_of_any_shape_are_added_and_subtracted(
    shouting: TritonServer, write, protocol: str, transport: Transport
):
    file = write(
        ({"a": [7, 2**31 - 2], "b": [-5, 1]}, {"sum": [2, 2**31 - 1], "difference": [12, 2**31 - 3]}),
        ({"a": [0, -3], "b": [1, 4]}, {"sum": [1, 1], "difference": [-1, -7]}),
    )
    inputs = Inputs(files=(file,), shapes={"a": (2,), "b": (2,)})
    aim = target(shouting, protocol, "add_sub")
    report = loadgen.run(aim, Concurrency(2), request_count=8, inputs=inputs, transport=transport)
    assert (report.request_count, report.failures) == (8, {})


def test_a_shape_that_the_model_leaves_open_is_asked_for(shouting: TritonServer):
    aim = target(shouting, model="add_sub")
    with pytest.raises(loadgen.ConfigError, match="--shape a:"):
        loadgen.run(aim, Concurrency(1), request_count=4)

    generated = Inputs(shapes={"a": (3,), "b": (3,)})
    assert loadgen.run(aim, Concurrency(1), request_count=4, inputs=generated).failures == {}


def test_strings_in_shared_memory_have_the_room_that_they_are_given(shouting: TritonServer):
    """Two strings of three bytes, each behind its length of four."""

    def run(room: int) -> loadgen.Report:
        inputs = Inputs(arrays=[{"text": np.array([b"one", b"two"], object)}])
        transport = Transport(shared_memory="system", output_shared_memory_size=room)
        return loadgen.run(target(shouting), Concurrency(2), windows=SHORT, inputs=inputs, transport=transport)

    assert run(14).request_count > 4
    with pytest.raises(InferenceError, match=r"'loud' \(13 bytes\) should be at least 14 bytes"):
        run(13)


def test_every_response_of_a_decoupled_model_is_in_shared_memory(shouting: TritonServer):
    transport = Transport(shared_memory="system", streaming=True)
    inputs = Inputs(arrays=[{"upto": np.array([3], np.int32)}])
    report = loadgen.run(
        target(shouting, model="counter"), Concurrency(1), windows=SHORT, inputs=inputs, transport=transport
    )
    assert report.level.summary.response_throughput == pytest.approx(3 * report.throughput, rel=0.2)


def test_a_batch_holds_several_steps(shouting: TritonServer, write):
    file = write(*(({"text": [word, word]}, {"loud": [word.upper()] * 2}) for word in ("a", "b", "c")))
    inputs = Inputs(files=(file,), batch_size=2)
    report = loadgen.run(target(shouting), Concurrency(2), windows=SHORT, inputs=inputs)
    assert report.request_count > 4
    assert report.failures == {}


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_parameters_go_with_every_request(shouting: TritonServer, write, protocol: str):
    inputs = Inputs(files=(write(({"text": ["a", "b"]}, {"loud": ["A!", "B!"]})),), parameters=(("ending", "!"),))
    assert loadgen.run(target(shouting, protocol), Concurrency(1), windows=SHORT, inputs=inputs).failures == {}


@pytest.mark.parametrize(("protocol", "transport"), TRANSPORTS)
def test_a_wrong_output_ends_the_run_and_is_shown(shouting: TritonServer, write, protocol: str, transport: Transport):
    file = write(({"text": ["a", "b"]}, {"loud": ["A", "B"]}), ({"text": ["c", "d"]}, {"loud": ["C", "E"]}))
    with pytest.raises(InferenceError) as caught:
        loadgen.run(
            target(shouting, protocol), Concurrency(1), windows=SHORT, inputs=Inputs(files=(file,)), transport=transport
        )
    assert str(caught.value) == (
        "[wrong output] step 1: output \"loud\" is b'D' at 1, expected b'E' (1 of 2 elements differ)"
    )


def test_wrong_outputs_are_counted_where_they_are_tolerated(shouting: TritonServer, write):
    file = write(({"text": ["a", "b"]}, {"loud": ["A", "B"]}), ({"text": ["c", "d"]}, {"loud": ["C", "E"]}))
    limit = ErrorLimit(rate=0.9)
    inputs = Inputs(files=(file,))
    report = loadgen.run(target(shouting), Concurrency(1), windows=SHORT, inputs=inputs, error_limit=limit)
    assert list(report.failures) == ["wrong output"]
    assert report.failures["wrong output"].count == pytest.approx(report.request_count, abs=3)


def test_every_response_of_a_decoupled_model_is_compared(shouting: TritonServer, write):
    run = {"windows": SHORT, "transport": Transport(streaming=True)}
    right = Inputs(files=(write(({"upto": [1]}, {"number": [0]})),))
    assert loadgen.run(target(shouting, model="counter"), Concurrency(1), inputs=right, **run).failures == {}
    wrong = Inputs(files=(write(({"upto": [2]}, {"number": [0]})),))  # after 0 there comes 1
    with pytest.raises(InferenceError, match='output "number" is 1 at 0, expected 0'):
        loadgen.run(target(shouting, model="counter"), Concurrency(1), inputs=wrong, **run)


def test_numpy_arrays_are_sent_and_compared(triton: TritonServer, tmp_path: Path):
    digits = np.random.default_rng(7).random((2, 1, 1, 28, 28), dtype=np.float32)
    session = ort.InferenceSession(
        MODEL_REPOSITORY / "mnist-onnx" / "1" / "model.onnx", providers=["CPUExecutionProvider"]
    )
    answers = [session.run(["predictions"], {"input.1": digit})[0] for digit in digits]
    for name, expected in (("right", answers), ("swapped", answers[::-1])):
        np.savez(tmp_path / f"{name}.npz", **{"input.1": digits, "predictions": np.stack(expected)})

    def run(name: str) -> loadgen.Report:
        inputs = Inputs(files=(str(tmp_path / f"{name}.npz"),))
        return loadgen.run(target(triton, model="mnist-onnx"), Concurrency(2), windows=SHORT, inputs=inputs)

    assert run("right").failures == {}
    with pytest.raises(InferenceError, match=r"\[wrong output\] step [01]: output \"predictions\" is "):
        run("swapped")


def b64(*strings: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(b"".join(struct.pack("<I", len(one)) + one for one in strings)).decode()}


def exit_codes(server: TritonServer, data: Path) -> dict[str, int]:
    """Return how perf_analyzer and loadgen end with the same input data."""
    options = ["-m", "shout", "-i", "grpc", "-u", server.grpc_url, "-p", "100", "-s", "99999", "-r", "3"]
    commands = {tool.name: [*tool.command, *options] for tool in (tools.perf_analyzer(), tools.loadgen())}
    return {name: tools.run_process([*words, "--input-data", str(data)]).exit_code for name, words in commands.items()}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param({"data": [{"text": ["a", "b"]}]}, 0, id="steps"),
        pytest.param({"data": [[{"text": ["a", "b"]}], [{"text": ["c", "d"], "ending": ["!"]}]]}, 0, id="streams"),
        pytest.param({"data": [{"text": b64(b"a", b"b"), "model": "any"}]}, 0, id="base64"),
        pytest.param({"data": [{"text": {"content": ["a", "b"], "shape": [2]}}]}, 0, id="content with its shape"),
        pytest.param(
            {"data": [{"text": ["a", "b"]}], "validation_data": [{"loud": ["A", "B"]}]}, 0, id="the right expectation"
        ),
        pytest.param(
            {"data": [{"text": ["a", "b"]}], "validation_data": [{"loud": ["A", "C"]}]}, 99, id="a wrong expectation"
        ),
        pytest.param({"data": [{"text": ["a", "b"]}], "validation_data": []}, 99, id="too few expectations"),
        pytest.param({"data": [{"ending": ["!"]}]}, 99, id="a missing input"),
        pytest.param({"data": [{"text": ["a", "b"], "other": [1]}]}, 99, id="an unknown input"),
        pytest.param({"data": [{"text": [["a", "b"]]}]}, 99, id="nested values"),
        pytest.param({"data": [{"text": [1, 2]}]}, 99, id="numbers for strings"),
        pytest.param({"data": [{"text": {"content": ["a"], "shape": [1]}}]}, 99, id="a shape that does not fit"),
    ],
)
def test_perf_analyzer_takes_the_same_files(shouting: TritonServer, tmp_path: Path, document, code: int):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(document))
    assert exit_codes(shouting, path) == {"perf_analyzer": code, "loadgen": code}


def test_perf_analyzer_takes_the_same_directories(shouting: TritonServer, tmp_path: Path):
    (tmp_path / "text").write_bytes(b"a\nb\n")
    (tmp_path / "ending").write_bytes(b"!\n")
    assert exit_codes(shouting, tmp_path) == {"perf_analyzer": 0, "loadgen": 0}
    (tmp_path / "text").write_bytes(b"a\n")
    assert exit_codes(shouting, tmp_path) == {"perf_analyzer": 99, "loadgen": 99}
