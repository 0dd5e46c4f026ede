"""A load generator for NVIDIA Triton and every KServe v2 server.

    import loadgen
    from loadgen import Concurrency, Windows

    with loadgen.serve("model_repository") as server:
        report = loadgen.run(server.target("mnist-onnx"), Concurrency(4), windows=Windows(length_s=0.5))
    print(f"{report.throughput:.0f} infer/s, p99 {report.p99_ms:.2f} ms")
    assert report.stable, report.reason

Nothing here prints, handles signals, or leaves anything behind.
"""

from typing import TYPE_CHECKING

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
from loadgen.load.modes import Concurrency
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit, FailureCount
from loadgen.measure.results import Connections, LevelResult, Summary, Verdict
from loadgen.measure.windows import Window, Windows
from loadgen.report.report import Report
from loadgen.units import ms, seconds
from loadgen.version import __version__

if TYPE_CHECKING:
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
    "LoadgenError",
    "LocalProtocolError",
    "ProtocolError",
    "RemoteProtocolError",
    "Report",
    "ServerError",
    "Summary",
    "Target",
    "Tls",
    "Transport",
    "TritonServer",
    "Verdict",
    "Window",
    "Windows",
    "__version__",
    "ms",
    "run",
    "run_async",
    "seconds",
    "serve",
]


def run(  # noqa: PLR0913 - each but the first two is named by its caller, and has a default
    target: Target,
    load: Concurrency,
    *,
    windows: Windows | None = None,
    inputs: Inputs | None = None,
    transport: Transport | None = None,
    error_limit: ErrorLimit | None = None,
) -> Report:
    """Measure a model under a load; `run_async` says how.

    Inside a running event loop, as in a Jupyter notebook, the load runs in a thread of its own; that event loop stands
    still until it is over. Ctrl-C ends the load in good order before KeyboardInterrupt is raised.
    """
    # Imported here because asyncio, grpcio and numpy take a while, which a program that only starts a server can save.
    from loadgen.engine.event_loop import run_in_event_loop  # noqa: PLC0415

    return run_in_event_loop(
        run_async(
            target,
            load,
            windows=windows,
            inputs=inputs,
            transport=transport,
            error_limit=error_limit,
        )
    )


async def run_async(  # noqa: PLR0913 - as above
    target: Target,
    load: Concurrency,
    *,
    windows: Windows | None = None,
    inputs: Inputs | None = None,
    transport: Transport | None = None,
    error_limit: ErrorLimit | None = None,
) -> Report:
    """Measure a model under a load in `windows` until the figures are stable, and report them.

    A result that did not become stable is a result too: `report.stable` says so, and `report.reason` why. `inputs` says
    what the requests carry, random tensors unless told otherwise, and `transport` how they travel. The first failed
    request ends the run, unless `error_limit` tolerates some: then they are in `report.failures`, by kind. Raises
    ConfigError, ServerError, InferenceError, and EmptyWindowError when the windows are too short for a request.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from loadgen.measure.search import LinearSearch  # noqa: PLC0415  # as in `run`
    from loadgen.profile.measurement import measure_level  # noqa: PLC0415
    from loadgen.profile.plan import Plan  # noqa: PLC0415
    from loadgen.report.environment import environment  # noqa: PLC0415

    plan = Plan(
        target,
        LinearSearch(load.in_flight, load.in_flight),
        windows or Windows(),
        inputs=inputs or Inputs(),
        transport=transport or Transport(),
        error_limit=error_limit,
    )
    started_at = datetime.now(UTC).astimezone()
    level = await measure_level(plan)
    return Report(plan.target, plan.windows, started_at, environment(), levels=(level,))


def __getattr__(name: str) -> object:
    """Import the embedded server when it is first asked for: it takes longer than all the rest."""
    if name not in ("TritonServer", "serve"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from loadgen.triton.server import TritonServer  # noqa: PLC0415

    return TritonServer
