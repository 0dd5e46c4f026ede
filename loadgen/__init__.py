"""A load generator for NVIDIA Triton and every KServe v2 server.

    import loadgen
    from loadgen import Concurrency, Windows

    with loadgen.serve("model_repository") as server:
        report = loadgen.run(server.target("mnist-onnx"), Concurrency(4), windows=Windows(length_s=0.5))
    print(f"{report.throughput:.0f} infer/s, p99 {report.p99_ms:.2f} ms")
    assert report.stable, report.reason

Nothing here prints, or leaves anything behind; Ctrl-C ends a run in good order.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from loadgen.version import __version__

if TYPE_CHECKING:  # what is not asked for is not imported: see __getattr__
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
    from loadgen.load.mix import Mix
    from loadgen.load.modes import (
        Concurrency,
        LoadMode,
        LoadShape,
        PeriodicConcurrency,
        Replay,
        RequestIntervals,
        RequestRate,
    )
    from loadgen.load.sequence_options import Sequences
    from loadgen.load.target import Target
    from loadgen.load.tls import Tls
    from loadgen.load.transport import Transport
    from loadgen.measure.failures import ErrorLimit, FailureCount
    from loadgen.measure.results import Connections, LevelResult, Summary, Verdict, WindowClosed
    from loadgen.measure.windows import Window, Windows
    from loadgen.profile.options import Options
    from loadgen.profile.watch import Watch
    from loadgen.report.find_max import Capacity
    from loadgen.report.report import Report
    from loadgen.running import find_max, run, run_async, watch
    from loadgen.study.axes import Axis
    from loadgen.study.objective import Objective
    from loadgen.study.ranking import Ranking, Standing
    from loadgen.study.report import Findings
    from loadgen.study.schedule import Study
    from loadgen.sweeping import sweep
    from loadgen.triton.server import TritonServer
    from loadgen.triton.server import TritonServer as serve  # noqa: N813  # read as a verb: `with loadgen.serve(...)`
    from loadgen.units import ms, seconds

__all__ = [
    "Axis",
    "Capacity",
    "Concurrency",
    "ConfigError",
    "Connections",
    "EmptyWindowError",
    "ErrorLimit",
    "FailureCount",
    "Findings",
    "InferenceError",
    "Inputs",
    "LevelResult",
    "LoadMode",
    "LoadShape",
    "LoadgenError",
    "LocalProtocolError",
    "MetricsSource",
    "Mix",
    "Objective",
    "Options",
    "PeriodicConcurrency",
    "ProtocolError",
    "Ranking",
    "RemoteProtocolError",
    "Replay",
    "Report",
    "RequestIntervals",
    "RequestRate",
    "Sequences",
    "ServerError",
    "Standing",
    "Study",
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
    "find_max",
    "ms",
    "run",
    "run_async",
    "seconds",
    "serve",
    "sweep",
    "watch",
]

_NAMES = {
    "loadgen.errors": (
        "ConfigError",
        "EmptyWindowError",
        "InferenceError",
        "LoadgenError",
        "LocalProtocolError",
        "ProtocolError",
        "RemoteProtocolError",
        "ServerError",
    ),
    "loadgen.load.input_data": ("Inputs",),
    "loadgen.load.metrics_source": ("MetricsSource",),
    "loadgen.load.mix": ("Mix",),
    "loadgen.load.modes": (
        "Concurrency",
        "LoadMode",
        "LoadShape",
        "PeriodicConcurrency",
        "Replay",
        "RequestIntervals",
        "RequestRate",
    ),
    "loadgen.load.sequence_options": ("Sequences",),
    "loadgen.load.target": ("Target",),
    "loadgen.load.tls": ("Tls",),
    "loadgen.load.transport": ("Transport",),
    "loadgen.measure.failures": ("ErrorLimit", "FailureCount"),
    "loadgen.measure.results": ("Connections", "LevelResult", "Summary", "Verdict", "WindowClosed"),
    "loadgen.measure.windows": ("Window", "Windows"),
    "loadgen.profile.options": ("Options",),
    "loadgen.profile.watch": ("Watch",),
    "loadgen.report.find_max": ("Capacity",),
    "loadgen.report.report": ("Report",),
    "loadgen.running": ("find_max", "run", "run_async", "watch"),
    "loadgen.study.axes": ("Axis",),
    "loadgen.study.objective": ("Objective",),
    "loadgen.study.ranking": ("Ranking", "Standing"),
    "loadgen.study.report": ("Findings",),
    "loadgen.study.schedule": ("Study",),
    "loadgen.sweeping": ("sweep",),
    "loadgen.triton.server": ("TritonServer",),
    "loadgen.units": ("ms", "seconds"),
}
"""Where the names above are at home."""

_HOME_OF = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for: all of them together would take a tenth of a second."""
    known_as = "TritonServer" if name == "serve" else name
    if known_as not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME_OF[known_as]), known_as)
    return value
