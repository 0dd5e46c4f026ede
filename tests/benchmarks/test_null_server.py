"""The null server speaks gRPC as the official client expects it, and the benchmark's tools run on it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from tritonclient.grpc import service_pb2

from benchmarks.contest import Contest, Referee
from benchmarks.grpc_aio import grpc_aio
from benchmarks.inference import INFER, infer_message
from benchmarks.memory import memory_growth_mib
from benchmarks.null_server import MODEL, null_server
from loadgen.compare.tools import Tool
from loadgen.errors import LoadgenError
from loadgen.load.target import Target
from loadgen.triton.control import control_plane


@pytest.fixture(scope="module")
def target():
    with null_server() as url:
        yield Target(url, MODEL)


@pytest.fixture
def channel(target):
    with grpc.insecure_channel(target.url) as channel:
        yield channel


@pytest.fixture
def control(target):
    with control_plane(target) as control:
        yield control


def test_it_answers_as_a_model_does(target, channel, control):
    reply = service_pb2.ModelInferResponse.FromString(channel.unary_unary(INFER)(infer_message(target, control)))
    (output,) = reply.outputs
    assert (reply.model_name, output.name, list(output.shape)) == (MODEL, "output", [1, 10])
    assert np.frombuffer(reply.raw_output_contents[0], np.float32).size == 10


def test_it_counts_every_inference_and_no_other_call(target, channel, control):
    message, infer = infer_message(target, control), channel.unary_unary(INFER)
    before = control.statistics()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(infer, [message] * 300))
    spent = (control.statistics() - before).success
    assert spent.count == 300
    assert spent.total_ns > 0  # its own processor time


def test_it_takes_messages_that_are_larger_than_a_frame_and_a_window(channel):
    infer = channel.unary_unary(INFER)
    assert all(infer(bytes(3_000_000)) == infer(b"") for _ in range(3))


def test_it_refuses_what_it_does_not_know(channel):
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary("/inference.GRPCInferenceService/RepositoryIndex")(b"")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_it_is_gone_after_its_block():
    with null_server() as url:
        pass
    with grpc.insecure_channel(url) as channel, pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary(INFER)(b"", timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_tool_that_fails_is_noted_and_the_others_go_on(target):
    broken = Tool("broken", (sys.executable, "-c", "import sys; sys.exit('out of order')"))
    referee = Referee(interval_ms=100, repeat=2)
    level = referee.hold(Contest("work", target, (2,), (broken, grpc_aio("grpc.aio", channels=2))))[2]
    assert level["broken"] == [None, None]
    assert [figures.throughput > 0 and figures.cpu_us > 0 for figures in level["grpc.aio"]] == [True, True]
    assert referee.failures == [
        "work: broken failed with exit code 1: out of order",  # when it was to warm up the server
        *["work, concurrency 2: broken failed with exit code 1: out of order"] * 2,
    ]


def test_a_loadgen_that_ends_before_its_million_requests_is_an_error(target):
    with pytest.raises(LoadgenError, match=r"loadgen ended before its time: loadgen: .*-p 0"):
        memory_growth_mib(target, interval_ms=0)
