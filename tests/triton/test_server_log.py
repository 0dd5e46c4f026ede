"""The reason is found in the server's own words, whatever surrounds it."""

import pytest

from loadgen.triton.server_log import is_port_taken, last_words, why_not_started

START = """\
W1122 16:57:16.317802 5358 pinned_memory_manager.cc:273] "Unable to allocate pinned system memory"
E1122 16:57:16.318216 5358 server.cc:241] "CudaDriverHelper has not been initialized."
I1122 16:57:16.319174 5358 model_lifecycle.cc:472] "loading: add:1"
"""
TABLE = """\
+-------+---------+------------------+
| add   | 1       | UNAVAILABLE: ... |
+-------+---------+------------------+
"""
LOAD_ERROR = "error: creating server: Internal - failed to load all models\n"


def failed(model: str, reason: str) -> str:
    return (
        f"E1122 16:57:16.319349 5358 model_lifecycle.cc:642] \"failed to load '{model}' version 1: {reason}\"\n"
        f"I1122 16:57:16.319358 5358 model_lifecycle.cc:777] \"failed to load '{model}'\"\n"
    )


def service_failed(service: str, port: int) -> str:
    return (
        f"E1122 17:21:54.593207 27683 main.cc:245] "
        f"\"failed to start {service} service: Unavailable - Socket '127.0.0.1:{port}' already in use \"\n"
    )


REASONS = {
    "our-backend-refuses": (
        START
        + failed("add", r"Internal: TritonModelException: input 'a' is wrong\n\nAt:\n  /x/model.py(173): _refuse\n")
        + TABLE
        + LOAD_ERROR,
        "model 'add': input 'a' is wrong",
    ),
    "triton-refuses": (
        START + failed("add", "Invalid argument: unable to find backend") + LOAD_ERROR,
        "model 'add': Invalid argument: unable to find backend",
    ),
    "two-models-fail": (
        START + failed("add", "first") + failed("sub", "second") + LOAD_ERROR,
        "model 'add': first; model 'sub': second",
    ),
    "the-configuration-cannot-be-read": (
        START
        + "[libprotobuf ERROR text.cc:337] Error parsing text-format inference.ModelConfig: 1:17: Expected integer\n"
        + "E1122 17:19:47.823629 25325 model_repository_manager.cc:1460] "
        + "\"Poll failed for model directory 'b': failed to read text proto\"\n"
        + LOAD_ERROR,
        "model 'b': failed to read text proto: 1:17: Expected integer",
    ),
    "an-unknown-option": (
        "tritonserver: unrecognized option '--no=1'\nUsage: tritonserver [options]\n  --help\n",
        "unrecognized option '--no=1'",
    ),
    "a-port-is-taken": (
        START + service_failed("HTTP", 8501),
        "failed to start HTTP service: Unavailable - Socket '127.0.0.1:8501' already in use",
    ),
    "nothing-that-we-know": (START + "out of luck\n" + TABLE, "loading: add:1 | out of luck"),
    "no-log": ("", "it left no log"),
}


@pytest.mark.parametrize(("log", "reason"), REASONS.values(), ids=REASONS.keys())
def test_why_the_server_did_not_start_when(log: str, reason: str):
    assert why_not_started(log).endswith(reason)


@pytest.mark.parametrize("service", ["GRPC", "HTTP", "Metrics"])
def test_a_taken_port_is_recognised_for_each_service(service: str):
    assert is_port_taken(START + service_failed(service, 40667))


def test_another_failure_is_not_a_taken_port():
    assert not is_port_taken(START + failed("add", "Socket closed") + LOAD_ERROR)


def test_the_last_words_of_a_crash_leave_out_its_stack():
    crash = "Signal (11) received.\n 0# 0x0000560DCBB4552D in tritonserver\n 1# 0x00007F1075A5A050 in libc.so.6\n\n"

    assert last_words(START + TABLE + crash).endswith("loading: add:1 | Signal (11) received.")
