"""What both tools print about one level (behaviour section 5). Pure: one reader, because both print the same lines."""

import re
from dataclasses import dataclass

# An unstable level of loadgen goes on with its mark; perf_analyzer prints none.
_SUMMARY = re.compile(r"^Concurrency: (\d+), throughput: (\S+) infer/sec, latency (\d+) usec", re.MULTILINE)
_SERVER = re.compile(r"^ +Avg request latency: (\d+) usec", re.MULTILINE)


@dataclass(frozen=True)
class PrintedLevel:
    """One level as a tool printed it.

    `throughput` is in inferences per second and `latency_us` is the client's average; `server_us` is the server's own
    average per request, None where the server keeps no statistics.
    """

    concurrency: int
    throughput: float
    latency_us: int
    server_us: int | None

    @property
    def adds_us(self) -> int | None:
        """The part of the latency that is not the server: the tool, its connection and the system between."""
        return None if self.server_us is None else self.latency_us - self.server_us


def read_level(output: str) -> PrintedLevel | None:
    """Return the only level of a run from its standard output, None where the run reported no level."""
    summary = _SUMMARY.search(output)
    if summary is None:
        return None
    # An ensemble's own line comes first, those of its composing models follow.
    server = _SERVER.search(output)
    return PrintedLevel(
        concurrency=int(summary[1]),
        throughput=float(summary[2]),
        latency_us=int(summary[3]),
        server_us=int(server[1]) if server else None,
    )
