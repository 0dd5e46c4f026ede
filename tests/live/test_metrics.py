"""`--collect-metrics` on the real Triton, which has no GPU here, and on an endpoint that tells of one."""

import csv
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loadgen.load.metrics_source import MetricsSource
from loadgen.measure.metrics import Processor
from loadgen.profile.metrics import read_metrics
from loadgen.triton.server import TritonServer
from tests.live.test_profile_command import ALWAYS_STABLE, run

pytestmark = pytest.mark.live

BLOCK = "  Server Prometheus Metrics: \n    GPU: n/a\n    Avg CPU Utilization: "
NO_GPU = "loadgen: the metrics of the server tell of no GPU"
ONE_GPU = b'nv_gpu_utilization{gpu_uuid="GPU-a"} 0.25\n'


@contextmanager
def endpoint(*, good: int) -> Iterator[str]:
    """Serve the metrics of one GPU so many times, and status 503 afterwards; yields `host:port`."""
    left = iter(range(good))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_good = self.path == "/metrics" and next(left, None) is not None
            self.send_response(200 if is_good else 503)
            self.end_headers()
            self.wfile.write(ONE_GPU if is_good else b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def await_first_look(triton: TritonServer) -> None:
    """Wait until the server has looked at its processors, which it does every two seconds."""
    deadline_s = time.monotonic() + 20
    while read_metrics(MetricsSource(triton.metrics_url)).cpu == Processor():
        assert time.monotonic() < deadline_s, "the server tells nothing of its CPUs"
        time.sleep(0.05)


@pytest.fixture
def collect(triton):
    """Return what runs the command with metrics from a url."""
    often = ["--metrics-interval", "20", *ALWAYS_STABLE]
    return lambda url, *more: run(triton.grpc_url, "--collect-metrics", "--metrics-url", url, *often, *more)


def test_a_host_without_a_gpu_is_told_once_and_its_cpus_are_shown(triton, collect, tmp_path):
    await_first_look(triton)
    files = ["-f", str(tmp_path / "csv"), "--verbose-csv", "--json", str(tmp_path / "json")]
    done = collect(f"http://{triton.metrics_url}/metrics", "--concurrency-range", "1:2", *files)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(BLOCK) == 2
    assert done.stderr.count(NO_GPU) == 1
    for row in csv.DictReader((tmp_path / "csv").read_text().splitlines()):
        assert [row[name] for name in row if "GPU" in name] == ["", "", "", ""]
    for level in json.loads((tmp_path / "json").read_text())["levels"]:
        assert level["metrics"]["gpus"] is None
        assert 0 <= level["metrics"]["cpu"]["utilization"] <= 1
        assert 0 < level["metrics"]["cpu"]["memory_used_bytes"] < level["metrics"]["cpu"]["memory_total_bytes"]


def test_a_gpu_has_its_lines_and_nothing_is_warned_of(collect):
    with endpoint(good=10**6) as url:
        done = collect(url)
    assert "    Avg GPU Utilization:\n      GPU-a : 25%\n" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_without_the_option_nothing_is_said_of_metrics(triton):
    done = run(triton.grpc_url, *ALWAYS_STABLE)
    assert (done.returncode, "Prometheus" in done.stdout) == (0, False)


def test_an_endpoint_that_is_not_there_is_one_sentence_and_no_load(collect):
    done = collect("127.0.0.1:1")
    assert (done.returncode, done.stdout) == (99, "")
    assert done.stderr.startswith("loadgen: Unable to connect to Metrics endpoint 127.0.0.1:1: ")
    assert done.stderr.count("\n") == 1


def test_an_endpoint_that_goes_away_ends_the_run(collect):
    with endpoint(good=2) as url:
        done = collect(url)
    assert done.returncode == 99
    assert f"loadgen: Unable to connect to Metrics endpoint {url}: status 503" in done.stderr


def test_an_endpoint_that_goes_away_leaves_a_gap_where_failures_are_tolerated(collect):
    with endpoint(good=2) as url:
        done = collect(url, "--max-error-rate", "1%", "--concurrency-range", "1:2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("GPU-a : 25%") == 1
    assert done.stdout.count("    n/a (not read within the windows") == 1
