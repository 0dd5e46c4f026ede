"""The command `loadgen -m MODEL` as a user types it, on the real Triton."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

COMMAND = [sys.executable, "-m", "loadgen"]
# However busy the machine is: in windows so short one may be a hundred times another.
ALWAYS_STABLE = ["-p", "100", "-s", "99999", "-r", "3"]
SUMMARY_LINE = re.compile(
    r"^Concurrency: (\d+), throughput: (\d+\.?\d*) infer/sec, latency (\d+) usec(.*)$", re.MULTILINE
)


def run(url, *arguments, model="mnist-onnx"):
    command = [*COMMAND, "-m", model, "-u", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def running(url, *arguments) -> Iterator[subprocess.Popen[str]]:
    """Start the command and stop it however the test ends."""
    command = [*COMMAND, "-m", "mnist-onnx", "-u", url, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process, beginning):
    """Read stdout up to the line that begins so."""
    read = []
    for line in process.stdout:
        if line.startswith(beginning):
            return
        read.append(line)
    pytest.fail(f"no {beginning!r} in:\n{''.join(read)}{process.stderr.read()}")


def levels_of(out):
    return [int(match[1]) for match in SUMMARY_LINE.finditer(out)]


def test_a_sweep_prints_a_block_and_a_summary_line_for_each_level(triton):
    done = run(triton.grpc_url, "--concurrency-range", "1:4:2", *ALWAYS_STABLE)
    assert (done.returncode, done.stderr) == (0, "")
    settings, *blocks = re.split(r"^Request concurrency: \d+$", done.stdout, flags=re.MULTILINE)
    assert settings.startswith("*** Measurement Settings ***\n  Batch size: 1\n")
    assert len(blocks) == 2
    for block in blocks:
        assert re.search(
            r"Client: \n    Request count: [1-9]\d*\n    Throughput: .* infer/sec\n    Avg latency: ", block
        )
        assert re.search(r"Server: \n    Inference count: [1-9]\d*\n    Execution count: [1-9]", block)
    assert levels_of(done.stdout) == [1, 3]
    assert "─" not in done.stdout  # the table is for terminals


def test_a_batch_counts_as_so_many_inferences(triton):
    done = run(triton.grpc_url, "-b", "8", *ALWAYS_STABLE, model="mnist-onnx-batch")
    assert done.returncode == 0, done.stderr
    inferences, requests = figure("Inference count", done.stdout), figure("Successful request count", done.stdout)
    assert inferences == pytest.approx(8 * requests, rel=0.1)
    throughput = float(SUMMARY_LINE.search(done.stdout)[2])
    # Three windows of 120 ms at least; the tolerance is for a busy machine, and far from a factor of 8.
    assert throughput == pytest.approx(8 * figure("Request count", done.stdout) / 0.36, rel=0.5)


def test_the_figures_of_client_and_server_agree(triton):
    out = run(triton.grpc_url, *ALWAYS_STABLE).stdout
    # The server's counters are read a little after the client's window ends.
    assert figure("Request count", out) == pytest.approx(figure("Successful request count", out), rel=0.3)
    assert 0 < figure("Avg request latency", out) < figure("Avg latency", out)


def figure(name, out):
    return int(re.search(rf"^    {name}: (\d+)", out, re.MULTILINE)[1])


def test_a_level_that_never_becomes_stable_is_exit_code_2_with_its_figures(triton):
    done = run(triton.grpc_url, "-p", "100", "-r", "2")
    assert done.returncode == 2
    assert "Failed to obtain stable measurement" in done.stderr
    assert SUMMARY_LINE.search(done.stdout)[4] == " [unstable: 2 windows, 3 needed]"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["-m", "mnist"], "it serves mnist-onnx, mnist-onnx-batch", id="a wrong model"),
        pytest.param(["-x", "7"], "it serves version 1", id="a wrong version"),
        pytest.param(["-u", "localhost:9"], "cannot reach a server at localhost:9 ", id="a wrong port"),
        pytest.param(["-b", "2"], "-b 2: ", id="a batch for a model that does not batch"),
        pytest.param(["--shape", "input.1:2,1,28,28"], "--shape input.1:2,1,28,28: ", id="a wrong shape"),
        pytest.param(["--enable-mpi"], "--enable-mpi: loadgen takes no part in MPI", id="an option that is refused"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_99(triton, arguments, sentence):
    done = run(triton.grpc_url, *arguments)
    assert (done.returncode, done.stdout) == (99, "")
    assert done.stderr.startswith("loadgen: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_http_port_is_recognised(triton):
    done = run(triton.http_url)
    assert done.returncode == 99
    assert done.stderr == f"loadgen: {triton.http_url} speaks HTTP/1.1: give the gRPC port (Triton's default is 8001)\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_run_prints_what_was_measured(triton, number):
    with running(triton.grpc_url, "--concurrency-range", "1:1000", *ALWAYS_STABLE) as process:
        wait_for(process, "Request concurrency: 2")
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err == "loadgen: stopping when the requests in flight are answered; again to leave at once\n"
    assert 1 in levels_of(out)


def test_a_signal_in_the_first_level_prints_its_part(triton):
    with running(triton.grpc_url, "-p", "100", "-r", "1000", "-s", "0", "-v") as process:
        wait_for(process, "  Pass [1]")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert re.search(r"\[unstable: interrupted in window \d+\]$", out.rstrip())


def test_the_second_signal_leaves_at_once(triton):
    # A window of an hour: without the second signal the command would end, but only after the first one's farewell.
    with running(triton.grpc_url, "-p", "3000000") as process:
        wait_for(process, "Request concurrency: 1")
        os.kill(process.pid, signal.SIGSTOP)  # so that both signals are there when it goes on
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=30)
    assert process.returncode == 130


def test_the_second_signal_prints_what_was_measured_while_the_server_does_not_answer(tmp_path):
    document = tmp_path / "run.json"
    with (
        TritonServer(MODEL_REPOSITORY) as server,
        running(server.grpc_url, "--concurrency-range", "1:1000", "--json", str(document), *ALWAYS_STABLE) as process,
    ):
        wait_for(process, "Request concurrency: 2")
        os.kill(server.pid, signal.SIGSTOP)
        try:
            process.send_signal(signal.SIGINT)
            assert "again to leave at once" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=30)
        finally:
            os.kill(server.pid, signal.SIGCONT)
    assert process.returncode == 130
    assert 1 in levels_of(out)
    assert json.loads(document.read_text())["levels"]


def test_a_reader_that_leaves_early_is_no_error(triton):
    command = " ".join([*COMMAND, "-m", "mnist-onnx", "-u", triton.grpc_url, *ALWAYS_STABLE])
    done = subprocess.run(f"{command} | head -3", shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.count("\n") == 3
    assert done.stderr == ""


def test_the_server_killed_in_mid_run_keeps_the_earlier_levels():
    with (
        TritonServer(MODEL_REPOSITORY) as server,
        running(server.grpc_url, "--concurrency-range", "1:1000", *ALWAYS_STABLE) as process,
    ):
        wait_for(process, "Request concurrency: 2")
        os.kill(server.pid, signal.SIGKILL)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 99
    assert err.startswith("loadgen: ")
    assert server.grpc_url in err
    assert err.count("\n") == 1
    assert 1 in levels_of(out)


def test_the_model_unloaded_in_mid_run_is_a_failed_request():
    # A window long enough for the model to go before the server is asked for its statistics, which would fail, too.
    with (
        TritonServer(MODEL_REPOSITORY, explicit=True, extra_args=["--load-model=mnist-onnx"]) as server,
        running(server.grpc_url, "-p", "1500", "-r", "100", "-s", "0", "-v") as process,
    ):
        wait_for(process, "  Pass [1]")
        connection = HTTPConnection(server.http_url)
        connection.request("POST", "/v2/repository/models/mnist-onnx/unload")
        assert connection.getresponse().status == 200
        connection.close()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 99
    gist, thread, sentence = err.splitlines()
    assert gist.startswith("Failed to maintain requested inference load.")
    assert re.match(r"Thread \[0\] had error: .*mnist-onnx", thread)
    assert sentence.startswith("loadgen: the first failed request ended the run: ")
    assert re.search(r"\[unstable: ended by an error in window \d\]$", out.rstrip())


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_a_table_follows_the_summary(triton, columns):
    out = on_terminal(columns, [*COMMAND, "-m", "mnist-onnx", "-u", triton.grpc_url, *ALWAYS_STABLE])
    summary, table = out.split("Inferences/Second vs. Client Average Batch Latency")
    assert "Request concurrency: 1" in summary
    assert re.search(r"Throughput +(Avg|Average)", table)
    assert re.search(r"^ *1 .* yes *$", table, re.MULTILINE)
    for line in table.splitlines()[2:]:
        assert len(line) <= columns


def on_terminal(columns, command):
    """Run a command on a pseudo-terminal of this width and return what it showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {**os.environ, "TERM": "dumb"}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=environment):
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux's way of saying that nobody writes any more
                chunk = b""
            if not chunk:
                break
            shown += chunk
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_thresholds_decide_the_exit_code(triton):
    limits = ["--assert", "p50<60s", "--assert", "compute>0us", "--assert", "throughput<0.001"]
    done = run(triton.grpc_url, *ALWAYS_STABLE, *limits)
    assert (done.returncode, done.stderr) == (5, "loadgen: --assert throughput<0.001 fails at concurrency 1\n")
    line = r"^Concurrency: 1, (holds|FAILS): (\w+) [\d.]+ \S+ [<>] .* \(limit\), stable, \d+"
    verdicts = [("holds", "p50"), ("holds", "compute"), ("FAILS", "throughput")]
    assert re.findall(line, done.stdout, re.MULTILINE) == verdicts
