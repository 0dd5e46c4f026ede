"""Whole runs against a server that fails now and then: what the user reads, and the exit code."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest

from loadgen.cli.main import main

TENSOR = {"datatype": "FP32", "shape": [1]}
ANSWERS = {
    "/v2": {"name": "flaky", "version": "1", "extensions": []},
    "/v2/models/m": {
        "name": "m",
        "versions": ["1"],
        "platform": "none",
        "inputs": [{"name": "x", **TENSOR}],
        "outputs": [{"name": "y", **TENSOR}],
    },
}
GOOD = {"model_name": "m", "outputs": [{"name": "y", **TENSOR, "data": [1.0]}]}


@dataclass
class Flaky:
    """A KServe v2 server over HTTP. Every so many-th request fails; `headers` are those of the last one."""

    fails_every: int = 10**9
    closes: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""


@contextmanager
def serving(flaky: Flaky) -> Iterator[Flaky]:
    numbers = count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # one write for head and body

        def do_GET(self):
            self.answer(200 if self.path in ANSWERS else 404, ANSWERS.get(self.path, {"error": "no such thing"}))

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            flaky.headers = dict(self.headers)
            if next(numbers) % flaky.fails_every == 0:
                self.answer(503, {"error": "overloaded"})
            else:
                self.answer(200, GOOD)

        def answer(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if flaky.closes:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        flaky.url = f"127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield flaky
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str, str]]:
    """Return a function that measures a server with two requests in flight: exit code, stdout, stderr."""

    def run(flaky: Flaky, *arguments: str) -> tuple[int, str, str]:
        always_stable = ["-p", "100", "-s", "9999", "-r", "3", "--concurrency-range", "2"]
        code = main(["-m", "m", "-i", "http", "-u", flaky.url, *always_stable, *arguments])
        return (code, *capsys.readouterr())

    return run


def test_the_first_failed_request_ends_the_run_after_a_report(run):
    with serving(Flaky(fails_every=10)) as flaky:
        code, out, err = run(flaky)

    assert code == 99
    assert re.search(r"^    Failed requests: [12] of \d+ \(.* %\), not in the other figures$", out, re.MULTILINE)
    assert re.search(r"^      [12] \[HTTP 503\] overloaded$", out, re.MULTILINE)
    assert re.search(r"^Concurrency: 2, throughput: .* \[unstable: ended by an error in window 1\]$", out, re.MULTILINE)
    assert err.splitlines() == [
        "Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.",
        "Thread [0] had error: [HTTP 503] overloaded",
        "loadgen: the first failed request ended the run: [HTTP 503] overloaded",
    ]


@pytest.mark.parametrize("limit", ["50%", "1000000"], ids=["a share", "a count"])
def test_failures_are_tolerated_and_counted(run, limit):
    with serving(Flaky(fails_every=4)) as flaky:
        code, out, err = run(flaky, "--max-error-rate", limit)

    assert (code, err) == (0, "")
    counts = re.search(r"    Request count: (\d+)\n    Failed requests: (\d+) of (\d+) ", out)
    succeeded, failed, ended = (int(figure) for figure in counts.groups())
    assert succeeded + failed == ended
    # Every fourth fails; some two are in flight at either end of the measurement.
    assert abs(ended - 4 * failed) <= 20
    assert f"      {failed} [HTTP 503] overloaded\n" in out


def test_too_many_failures_end_the_run_with_the_share(run):
    with serving(Flaky(fails_every=2)) as flaky:
        code, out, err = run(flaky, "--max-error-rate", "1%")

    assert code == 99
    assert "[unstable: ended by an error in window 1]" in out
    assert re.fullmatch(
        r"loadgen: \d+\.?\d* % of the requests failed \(\d+ of \d+\), more than the 1 % that --max-error-rate allows; "
        r"for example \[HTTP 503\] overloaded",
        err.splitlines()[-1],
    )


def test_a_server_on_which_nothing_succeeds_has_no_latency(run):
    with serving(Flaky(fails_every=1)) as flaky:
        code, out, err = run(flaky, "--max-error-rate", "100%")

    assert code == 99
    assert "    Request count: 0\n" in out
    assert "latency" not in out.partition("Client:")[2]
    assert re.fullmatch(r"loadgen: no request succeeded within 1\d\d ms; \[HTTP 503\] overloaded", err.splitlines()[-1])


def test_a_server_that_closes_every_connection_is_measured_and_its_ways_are_told(run):
    with serving(Flaky(closes=True)) as flaky:
        code, out, err = run(flaky)

    assert (code, err) == (0, "")
    assert re.search(r"^    Connections: \d open, \d+ reopened", out, re.MULTILINE)
    assert "Failed requests" not in out


def test_headers_go_with_every_request(run):
    with serving(Flaky()) as flaky:
        code, _, err = run(flaky, "-H", "X-Team: Vision", "-H", "authorization:Bearer a:b")

    assert (code, err) == (0, "")
    assert (flaky.headers["X-Team"], flaky.headers["authorization"]) == ("Vision", "Bearer a:b")


@pytest.mark.parametrize(
    ("arguments", "content_type"),
    [([], "application/octet-stream"), (["--input-tensor-format", "json"], "application/json")],
    ids=["bytes", "JSON"],
)
def test_inputs_travel_in_the_format_asked_for(run, arguments, content_type):
    with serving(Flaky()) as flaky:
        code, _, err = run(flaky, *arguments)

    assert (code, err) == (0, "")
    assert flaky.headers["Content-Type"] == content_type
