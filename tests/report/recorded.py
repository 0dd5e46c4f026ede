"""What perf_analyzer 24.10 printed, made comparable with what we print."""

import re
from pathlib import Path

RECORDED = Path(__file__).parent / "perf_analyzer"


def perf_analyzer_printed(name):
    """Return a recording as we say it: our calls are asynchronous, and these levels know of no client overhead.

    Of asynchronous calls perf_analyzer leaves the latency out, which it waits for all the same, and of a decoupled
    model it says that it takes the first response, but takes the last one.
    """
    recorded = (RECORDED / name).read_text(encoding="utf-8").replace("Using synchronous", "Using asynchronous")
    recorded = recorded.replace("using the first response", "using the last response")
    recorded = re.sub(r"Stabilizing using (average|p\d+)[ ]?throughput", stabilizing, recorded)
    return without_library_times(re.sub(r".*Avg client overhead.*\n", "", recorded))


def stabilizing(line):
    figure = "average latency" if line[1] == "average" else f"{line[1]}latency"
    return f"Stabilizing using {figure} and throughput"


def without_library_times(output):
    """Mask the figures of the gRPC and HTTP time lines, which are those of another client library."""
    return re.sub(r"Avg (gRPC|HTTP) time.*", lambda line: re.sub(r"\d+", "N", line[0]), output)


def printed(*texts):
    return without_library_times("".join(f"{part}\n" for part in texts))
