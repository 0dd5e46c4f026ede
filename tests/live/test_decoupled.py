"""A decoupled model of the real Triton: none, one or many responses to a request, and errors among them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tritonclient.grpc import service_pb2

import loadgen
from loadgen import ConfigError, PeriodicConcurrency, Transport
from loadgen.engine.connect import connect
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.load.endpoint import grpc_endpoint
from loadgen.triton.server import TritonServer
from loadgen.triton.stream_reply import read_stream_reply
from loadgen.units import ms
from loadgen.wire.exchange import Exchange, Failure, Request
from loadgen.wire.grpc import Compression, call_headers, unary_request
from loadgen.wire.streaming import StreamCall, StreamingConnection, failure_of
from tests.engine.servers import until
from tests.live.side_by_side import OURS, THEIRS, csv_headers_in, form_of, run_tool

pytestmark = pytest.mark.live

CONFIG = """
    name: "{name}" backend: "python"
    parameters {{ key: "pause_s" value {{ string_value: "{pause_s}" }} }}
    model_transaction_policy {{ decoupled: true }}
    input {{ name: "upto" data_type: TYPE_INT32 dims: [ 1 ] }}
    output {{ name: "number" data_type: TYPE_INT32 dims: [ 1 ] }}
"""
# Sends 0, 1, 2... below |upto|, each after a pause; below zero there follow an error and, after that, another number.
MODEL = """
import json
import time

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        self.pause_s = float(json.loads(args["model_config"])["parameters"]["pause_s"]["string_value"])

    def execute(self, requests):
        for request in requests:
            upto = int(pb_utils.get_input_tensor_by_name(request, "upto").as_numpy()[0])
            sender = request.get_response_sender()
            for number in range(abs(upto)):
                self.send(sender, number)
            if upto < 0:
                sender.send(pb_utils.InferenceResponse(error=pb_utils.TritonError("below zero")))
                self.send(sender, 99)
            sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def send(self, sender, number):
        time.sleep(self.pause_s)
        tensor = pb_utils.Tensor("number", np.array([number], np.int32))
        sender.send(pb_utils.InferenceResponse([tensor]))
"""


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("decoupled")
    write_counter(repository)
    write_counter(repository, "slow-counter", pause_s=0.03)
    with TritonServer(repository) as server:
        yield server


def write_counter(repository: Path, name: str = "counter", *, pause_s: float = 0.0) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(CONFIG.format(name=name, pause_s=pause_s))
    (repository / name / "1" / "model.py").write_text(MODEL)


def count(upto: int, model: str = "counter") -> Request:
    message = service_pb2.ModelInferRequest(model_name=model)
    message.parameters["triton_enable_empty_final_response"].bool_param = True
    message.inputs.add(name="upto", datatype="INT32", shape=[1])
    message.raw_input_contents.append(np.array([upto], np.int32).tobytes())
    return unary_request((), message.SerializeToString())


def calls(server: TritonServer, *rounds: Sequence[Request], compression: Compression | None = None) -> list[StreamCall]:
    """Make calls over one connection, those of a round at the same time; return them in the order of their start."""

    async def make() -> list[StreamCall]:
        endpoint = grpc_endpoint(server.grpc_url)
        path = "/inference.GRPCInferenceService/ModelStreamInfer"
        headers = call_headers(endpoint.authority, path, compression=compression)
        wire = StreamingConnection(headers, read_stream_reply, compression=compression)
        connection = await connect(endpoint, wire, tls=None, alpn=None)
        ended: list[Exchange] = []
        connection.on_finished = lambda exchanges, _now_ns: ended.extend(exchanges)
        started: list[StreamCall] = []
        try:
            for requests in rounds:
                started.extend(connection.start(request) for request in requests)
                connection.flush()
                await until(lambda: len(ended) == len(started))
        finally:
            connection.close()
        return started

    return run_in_event_loop(make())


def numbers(call: StreamCall) -> list[int]:
    replies = [service_pb2.ModelStreamInferResponse.FromString(message) for message in call.responses]
    return [int.from_bytes(reply.infer_response.raw_output_contents[0], "little") for reply in replies]


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_each_call_gets_its_own_responses(triton: TritonServer, compression: Compression | None):
    uptos = [0, 1, 2, 3, 5, 8, 0, 13]
    requests = [count(upto) for upto in uptos]

    made = calls(triton, requests, requests[::-1], compression=compression)

    assert [numbers(call) for call in made] == [list(range(upto)) for upto in uptos + uptos[::-1]]
    assert [failure_of(call) for call in made] == [None] * 16
    assert [len(call.response_ns) for call in made] == uptos + uptos[::-1]
    assert len({call.stream.stream_id for call in made}) == 8, "the streams are used again"


def test_an_error_between_responses_fails_its_call_alone(triton: TritonServer):
    failed, good, after = calls(triton, [count(-2), count(2)], [count(3)])

    assert failure_of(failed) == Failure("stream error", "below zero")
    assert numbers(failed) == [0, 1]
    assert (failure_of(good), numbers(good)) == (None, [0, 1])
    assert (failure_of(after), numbers(after)) == (None, [0, 1, 2])


def test_a_request_that_triton_refuses_fails_alone_too(triton: TritonServer):
    refused, good = calls(triton, [count(1, model="nobody"), count(1)])

    assert refused.failure.kind == "stream error"
    assert "unknown model" in refused.failure.message
    assert failure_of(good) is None


def test_output_and_file_are_those_of_perf_analyzer(triton: TritonServer, tmp_path: Path):
    (tmp_path / "inputs.json").write_text('{"data": [{"upto": [3]}, {"upto": [1]}]}')
    line = "-m counter -i grpc --streaming --input-data ../inputs.json --warmup-request-count 2 -f out.csv"
    (theirs, their_folder), (ours, our_folder) = (
        run_tool(tool, f"{line} --verbose-csv", server=triton, folder=tmp_path) for tool in (THEIRS, OURS)
    )

    assert (ours.returncode, form_of(ours.stdout)) == (theirs.returncode, form_of(theirs.stdout)), theirs.stderr
    assert csv_headers_in(our_folder) == csv_headers_in(their_folder)


def test_the_responses_are_counted(triton: TritonServer, tmp_path: Path):
    """Two windows' worth of requests, of which every second has three responses and the others none."""
    (tmp_path / "inputs.json").write_text('{"data": [{"upto": [3]}, {"upto": [0]}]}')
    line = "-m counter -i grpc --streaming --input-data ../inputs.json --request-count 40 --json out.json"
    done, folder = run_tool(OURS, line, server=triton, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (level,) = json.loads((folder / "out.json").read_text())["levels"]

    assert level["response_throughput"] * level["duration_s"] == pytest.approx(60)
    assert level["littles_law"] is True
    assert level["response_times"]["first"]["average_us"] > 0


def test_a_periodic_load_is_exported_as_by_perf_analyzer(triton: TritonServer, tmp_path: Path):
    """Four requests with three responses, and one that only ends: one more each time that the latest has had two.

    perf_analyzer aborts now and then when the responses come all at once.
    """
    (tmp_path / "inputs.json").write_text('{"data": [{"upto": [3]}]}')
    line = "-m slow-counter -i grpc --streaming --input-data ../inputs.json --profile-export-file out.json"
    periodic = "--periodic-concurrency-range 1:4 --request-period 2"
    exported = []
    for tool in (THEIRS, OURS):
        done, folder = run_tool(tool, f"{line} {periodic}", server=triton, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        (experiment,) = json.loads((folder / "out.json").read_text())["experiments"]
        responses = sorted(len(request["response_timestamps"]) for request in experiment["requests"])
        exported.append((experiment["experiment"], experiment["window_boundaries"], responses))

    theirs, ours = exported
    assert ours == theirs
    assert ours[2] == [4, 4, 4, 4]
    for line in ("Time to first response: avg ", "Time between responses: avg ", "\nConcurrency: 4, throughput: "):
        assert line in done.stdout


def test_a_request_that_ends_early_does_not_end_a_periodic_load(triton: TritonServer, tmp_path: Path):
    (tmp_path / "inputs.json").write_text('{"data": [{"upto": [3]}, {"upto": [1]}]}')
    line = "-m counter -i grpc --streaming --input-data ../inputs.json --profile-export-file out.json"
    line += " --periodic-concurrency-range 1:4 --request-period 2"
    done, _ = run_tool(OURS, line, server=triton, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Ended with fewer than 2 responses, and counted as if they had had them: 2 of 4" in done.stdout


def test_each_step_of_a_fixed_schedule_is_sent_at_its_timestamp(triton: TritonServer, tmp_path: Path):
    """Four steps, of which the first one warms up."""
    steps = [{"upto": [number], "timestamp": [40 * number]} for number in range(1, 5)]
    (tmp_path / "inputs.json").write_text(json.dumps({"data": steps}))
    line = "-m counter -i grpc --streaming --input-data ../inputs.json --fixed-schedule --warmup-request-count 1"
    done, folder = run_tool(OURS, f"{line} --profile-export-file out.json", server=triton, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (experiment,) = json.loads((folder / "out.json").read_text())["experiments"]
    begun_ns, _ = experiment["window_boundaries"]
    sent = sorted((request["timestamp"] - begun_ns, request["request_inputs"]) for request in experiment["requests"])

    assert experiment["experiment"] == {"mode": "request_rate", "value": 0.0}
    assert [inputs for _, inputs in sent] == [{"upto": 2}, {"upto": 3}, {"upto": 4}]
    assert all(after_ns >= ms(planned_ms) for (after_ns, _), planned_ms in zip(sent, (0, 40, 80), strict=True))
    assert "  Sending 1 warmup request\n  Sending 3 benchmark requests\n" in done.stdout
    assert "\nRequest Rate: 1, throughput: " in done.stdout


def test_a_periodic_load_needs_a_decoupled_model(slow: TritonServer):
    with pytest.raises(ConfigError) as caught:
        loadgen.run(slow.target("50ms"), PeriodicConcurrency(1, 2), transport=Transport(streaming=True))

    assert str(caught.value).endswith('model "50ms" is not decoupled, and has one response to a request')
