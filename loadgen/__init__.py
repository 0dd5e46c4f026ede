"""A load generator for NVIDIA Triton and every KServe v2 server.

    import loadgen
    from loadgen import Concurrency, Windows

    with loadgen.serve("model_repository") as server:
        report = loadgen.run(server.target("mnist-onnx"), Concurrency(4), windows=Windows(length_s=0.5))
    print(f"{report.throughput:.0f} infer/s, p99 {report.p99_ms:.2f} ms")
    assert report.stable, report.reason

Nothing here prints, handles signals, or leaves anything behind.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from loadgen.errors import (
    ConfigError,
    EmptyWindowError,
    InferenceError,
    LoadgenError,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    ServerError,
)
from loadgen.load.input_data import Inputs
from loadgen.load.metrics_source import MetricsSource
from loadgen.load.modes import Concurrency, LoadMode, LoadShape, Replay, RequestIntervals, RequestRate
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit, FailureCount
from loadgen.measure.results import Connections, LevelResult, Summary, Verdict, WindowClosed
from loadgen.measure.windows import Window, Windows
from loadgen.profile.options import Options
from loadgen.report.report import Report
from loadgen.units import ms, seconds
from loadgen.version import __version__

if TYPE_CHECKING:
    from loadgen.profile.watch import Watch
    from loadgen.triton.server import TritonServer
    from loadgen.triton.server import TritonServer as serve  # noqa: N813  # read as a verb: `with loadgen.serve(...)`

__all__ = [
    "Concurrency",
    "ConfigError",
    "Connections",
    "EmptyWindowError",
    "ErrorLimit",
    "FailureCount",
    "InferenceError",
    "Inputs",
    "LevelResult",
    "LoadShape",
    "LoadgenError",
    "LocalProtocolError",
    "MetricsSource",
    "Options",
    "ProtocolError",
    "RemoteProtocolError",
    "Replay",
    "Report",
    "RequestIntervals",
    "RequestRate",
    "ServerError",
    "Summary",
    "Target",
    "Tls",
    "Transport",
    "TritonServer",
    "Verdict",
    "Watch",
    "Window",
    "WindowClosed",
    "Windows",
    "__version__",
    "ms",
    "run",
    "run_async",
    "seconds",
    "serve",
    "watch",
]


def run(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load, or under several one after the other; `run_async` says how.

    Inside a running event loop, as in a Jupyter notebook, the load runs in a thread of its own; that event loop stands
    still until it is over. Ctrl-C ends the load in good order before KeyboardInterrupt is raised.
    """
    # Imported here because asyncio, grpcio and numpy take a while, which a program that only starts a server can save.
    from loadgen.engine.event_loop import run_in_event_loop  # noqa: PLC0415

    return run_in_event_loop(run_async(target, load, **options))


async def run_async(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load in windows until the figures are stable, and report them.

    Several loads are measured one after the other; with a `latency_limit_ns` in the windows the first one that is over
    it is the last. A result that did not become stable is a result too: `report.stable` says so, and `report.reason`
    why. The first failed request ends the run, unless an `error_limit` tolerates some: then they are in
    `report.failures`, by kind. When the run is cancelled, its requests in flight are waited for.

    Raises ConfigError, ServerError, InferenceError, and EmptyWindowError when the windows are too short for a request;
    what was measured before is the `report` of the error.
    """
    async with watch(target, load, **options) as windows:
        async for _ in windows:
            pass
    return windows.report


def watch(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> "Watch":
    """Measure as `run_async` does, and see each window as it closes, so that the end is for the caller to choose.

        async with loadgen.watch(target, Concurrency(8)) as windows:
            async for window in windows:
                if window.summary.p99_ms > 20:
                    break
        print(windows.report.throughput)

    With `Windows(tolerance=0, at_most=1000)` the caller's rule is the only one.
    """
    from loadgen.measure.search import LinearSearch  # noqa: PLC0415 - as in `run`
    from loadgen.profile.plan import Plan  # noqa: PLC0415
    from loadgen.profile.watch import Watch  # noqa: PLC0415

    loads = load if isinstance(load, Sequence) else [load]
    if not loads:
        raise ConfigError("give at least one load")
    if len({isinstance(one, Concurrency) and one.max_per_second is None for one in loads}) > 1:
        raise ConfigError("give loads that all send as soon as one ends, or none of them")
    numbers = LinearSearch(1, len(loads))
    return Watch(Plan(target, numbers, load_at=lambda number: loads[number - 1], **options))


def __getattr__(name: str) -> object:
    """Import what takes longer than all the rest, when it is first asked for."""
    if name in ("TritonServer", "serve"):
        from loadgen.triton.server import TritonServer  # noqa: PLC0415

        return TritonServer
    if name == "Watch":
        from loadgen.profile.watch import Watch  # noqa: PLC0415

        return Watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
