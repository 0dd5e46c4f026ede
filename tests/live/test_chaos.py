"""The real Triton killed, restarted and paused under load, over every protocol at the same time."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from itertools import cycle

import pytest

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import ServerError
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit, failed_count
from loadgen.measure.records import Records
from loadgen.profile.client import client_for, encoder_for
from loadgen.triton.control import control_plane
from loadgen.triton.server import TritonServer
from loadgen.units import ms
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

MODEL = "mnist-onnx"
COMMAND = [sys.executable, "-m", "loadgen", "-m", MODEL]
ENDLESS = ["-p", "200", "-s", "0", "-r", "100000", "-v", "--concurrency-range", "4"]
PATIENCE_S = 60.0
PAUSE_S = 3.0


# As a user types it.


def commands(server: TritonServer) -> list[list[str]]:
    grpc, http = ["-i", "grpc", "-u", server.grpc_url], ["-i", "http", "-u", server.http_url]
    return [[*COMMAND, *ENDLESS, *protocol] for protocol in (grpc, [*grpc, "--streaming"], http)]


@contextmanager
def running(commands: list[list[str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Run commands side by side until each has measured something; stop them however the test ends."""
    with ExitStack() as stack:
        processes = []
        for command in commands:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            processes.append(stack.enter_context(process))
            stack.callback(process.kill)
            patience = threading.Timer(PATIENCE_S, process.kill)
            patience.start()
            stack.callback(patience.cancel)
        for process in processes:
            wait_for_a_pass(process)
        yield processes


def wait_for_a_pass(process: subprocess.Popen[str]) -> None:
    read = []
    for line in process.stdout:
        if line.startswith("  Pass [2]"):
            return
        read.append(line)
    pytest.fail(f"{process.args} printed {''.join(read)}{process.stderr.read()}")


def test_a_killed_server_ends_the_run_after_what_was_measured():
    with TritonServer(MODEL_REPOSITORY) as server, running(commands(server)) as processes:
        os.kill(server.pid, signal.SIGKILL)
        for process in processes:
            out, err = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 99
            sentence = err.splitlines()[-1]
            assert sentence.startswith("loadgen: the first failed request ended the run: ")
            assert "the server closed the connection" in sentence
            assert re.search(r"^Concurrency: 4, throughput: [1-9].*ended by an error in window", out, re.MULTILINE)


def test_a_restart_is_survived_when_failures_are_tolerated():
    with TritonServer(MODEL_REPOSITORY) as server:
        tolerant = [[*command, "--max-error-rate", "50%"] for command in commands(server)]
        with running(tolerant) as processes:
            os.kill(server.pid, signal.SIGKILL)
            with pytest.raises(ServerError, match="SIGKILL"):
                server.wait()
            with TritonServer(MODEL_REPOSITORY, **ports_of(server)):
                for process in processes:
                    wait_until_it_loads_again(process)
                for process in processes:
                    process.send_signal(signal.SIGINT)
                for process in processes:
                    out, err = process.communicate(timeout=PATIENCE_S)
                    assert process.returncode == 0, err
                    assert "connection lost" in out


def ports_of(server: TritonServer) -> dict[str, int]:
    urls = {"grpc_port": server.grpc_url, "http_port": server.http_url, "metrics_port": server.metrics_url}
    return {name: int(url.rpartition(":")[2]) for name, url in urls.items()}


def wait_until_it_loads_again(process: subprocess.Popen[str]) -> None:
    """Read windows up to the first with requests after one without."""
    read, was_empty = [], False
    for line in process.stdout:
        read.append(line)
        was_empty = was_empty or "No valid requests recorded" in line
        if was_empty and re.match(r"  Pass \[\d+\] throughput: [1-9]", line):
            return
    pytest.fail(f"{process.args} printed {''.join(read)}{process.stderr.read()}")


# In one process.


@asynccontextmanager
async def loads(server: TritonServer, **options: object) -> AsyncIterator[list[ClosedLoop]]:
    """Load a server over every protocol, each with four in flight, once each has had answers; then drain."""
    timeout_s = options.pop("request_timeout_s", None)
    grpc, http = Target(server.grpc_url, MODEL), Target(server.http_url, MODEL, protocol="http")
    with control_plane(grpc) as control:
        model = control.describe()
    inputs = [generated_inputs(model, Inputs())]
    loops = []
    async with AsyncExitStack() as stack:
        for target, is_streaming in ((grpc, False), (grpc, True), (http, False)):
            transport = Transport(streaming=is_streaming, request_timeout_s=timeout_s)
            client = client_for(target, transport)
            loop = ClosedLoop(client, cycle(map(encoder_for(target, transport, model), inputs)), **options)
            stack.push_async_callback(loop.close)
            await loop.set_level(4)
            loops.append(loop)
        await answered(loops)
        yield loops
        for loop in loops:
            await loop.drain(PATIENCE_S)


async def answered(loops: list[ClosedLoop]) -> None:
    """Wait for twenty more answers on each."""
    wanted = [len(loop.records) + 20 for loop in loops]
    async with asyncio.timeout(PATIENCE_S):
        while any(len(loop.records) < many for loop, many in zip(loops, wanted, strict=True)):
            assert [loop.error for loop in loops] == [None, None, None]
            await asyncio.sleep(0.01)


async def pause(server: TritonServer, seconds: float) -> None:
    os.kill(server.pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    os.kill(server.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def own_triton() -> Iterator[TritonServer]:
    with TritonServer(MODEL_REPOSITORY) as server:
        yield server
        # On its way out it would wait half a minute for requests that were given up.
        os.kill(server.pid, signal.SIGKILL)


def test_a_pause_of_three_seconds_shows_in_the_latency_alone(own_triton: TritonServer):
    async def main() -> list[Records]:
        async with loads(own_triton) as loops:
            await pause(own_triton, PAUSE_S)
            await answered(loops)
        assert [loop.connection_report().reopened for loop in loops] == [0, 0, 0]
        return [loop.records.take() for loop in loops]

    for records in run_in_event_loop(main()):
        assert records.failures == {}
        # Those in flight when it stopped, and nobody else.
        assert (records.latency_ns >= ms(0.9 * 1000 * PAUSE_S)).sum() == 4


def test_a_pause_longer_than_the_request_timeout_is_counted(own_triton: TritonServer):
    async def main() -> list[Records]:
        async with loads(own_triton, request_timeout_s=0.3, error_limit=ErrorLimit(count=100_000)) as loops:
            await pause(own_triton, 1.0)
            await answered(loops)
        return [loop.records.take() for loop in loops]

    for records in run_in_event_loop(main()):
        assert set(records.failures) == {"timeout"}
        # Four at a time, for as long as the pause; a slow machine needs a little longer to find its feet again.
        assert 4 <= failed_count(records.failures) <= 4 * 8
        assert "0.3 s" in records.failures["timeout"].example
        assert records.latency_ns.max() < ms(10_000)
