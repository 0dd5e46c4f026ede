"""nghttp2's h2load as a load generator for gRPC: C, and no more than HTTP/2, so it is the practical limit of a client.

It replays one request body a fixed number of times (`-n`). Its timed mode (`-D`) drops requests in flight when the time
is up, which crashes Triton 24.10. It counts HTTP statuses only, and a failed gRPC call has status 200 as well: the
server's own counter has to confirm every request.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.inference import INFER, infer_message
from loadgen.compare.judgement import Figures
from loadgen.compare.runs import Counters
from loadgen.compare.tools import run_process
from loadgen.errors import ConfigError, LoadgenError
from loadgen.load.target import Target
from loadgen.triton.control import ControlPlane
from loadgen.wire.grpc import framed

_THROUGHPUT = re.compile(r"^finished in .*, ([\d.]+) req/s", re.MULTILINE)
_MEAN = re.compile(r"^time for request: +\S+ +\S+ +([\d.]+)(us|ms|s) ", re.MULTILINE)
_IN_US = {"us": 1.0, "ms": 1e3, "s": 1e6}
_CALIBRATION_REQUESTS = 2000


@dataclass(frozen=True)
class H2load:
    """h2load, ready to send one request again and again, for about `duration_s` seconds each time."""

    program: str
    url: str
    body_file: str
    duration_s: float

    def on_one_connection(self, concurrency: int, counters: Counters) -> Figures:
        """Measure a level with one connection that carries all requests in flight."""
        return self._run_for_a_while(1, concurrency, counters)

    def on_many_connections(self, concurrency: int, counters: Counters) -> Figures:
        """Measure a level with a connection for each request in flight."""
        return self._run_for_a_while(concurrency, 1, counters)

    def _run_for_a_while(self, connections: int, streams: int, counters: Counters) -> Figures:
        rate = self._run(_CALIBRATION_REQUESTS, connections, streams, counters).throughput
        return self._run(max(_CALIBRATION_REQUESTS, int(rate * self.duration_s)), connections, streams, counters)

    def _run(self, requests: int, connections: int, streams: int, counters: Counters) -> Figures:
        command = [self.program, "-n", str(requests), "-c", str(connections), "-m", str(streams), "-d", self.body_file]
        before = counters()
        finished = run_process([*command, "-H", "content-type: application/grpc", "-H", "te: trailers", self.url])
        server = counters() - before
        if finished.exit_code != 0 or server.success.count != requests:
            raise LoadgenError(f"h2load: {server.success.count} of {requests} requests succeeded; {finished.errors}")
        throughput, latency_us = read(finished.output)
        return Figures(
            throughput=throughput,
            latency_us=latency_us,
            adds_us=latency_us - server.success.total_ns / requests / 1000,
            cpu_us=finished.cpu_s * 1e6 / requests,
            server_us=(server.queue.total_ns + server.cache_and_compute.total_ns) / requests / 1000,
        )


def read(output: str) -> tuple[float, float]:
    """Return (requests per second, mean latency in microseconds) from what h2load prints."""
    throughput, mean = _THROUGHPUT.search(output), _MEAN.search(output)
    if throughput is None or mean is None:
        raise LoadgenError(f"h2load printed no figures: {output}")
    return float(throughput[1]), float(mean[1]) * _IN_US[mean[2]]


@contextmanager
def h2load(target: Target, control: ControlPlane, duration_s: float) -> Iterator[H2load]:
    """Yield h2load with loadgen's own request to `target`. Raises ConfigError where it is not installed."""
    program = shutil.which("h2load")
    if program is None:
        raise ConfigError("h2load is not on PATH (Debian and Ubuntu: apt-get install nghttp2-client)")
    message = infer_message(target, control)
    with tempfile.NamedTemporaryFile() as body:
        body.write(framed(message))
        body.flush()
        yield H2load(program, f"http://{target.url}{INFER}", body.name, duration_s)
