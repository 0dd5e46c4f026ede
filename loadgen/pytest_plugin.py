"""The pytest plugin: a load test is a test.

    from loadgen import Concurrency, Windows

    def test_the_latency_holds(loadgen, loadgen_server):
        report = loadgen(loadgen_server.target("mnist-onnx"), Concurrency(4), windows=Windows(length_s=0.5))
        report.assert_that("p99<15ms", "throughput>1000")

Every pytest in an environment with loadgen imports this module: what takes a while is imported by the first load test.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pytest

if TYPE_CHECKING:
    from loadgen.load.mix import Mix
    from loadgen.load.modes import LoadMode
    from loadgen.load.target import Target
    from loadgen.measure.results import LevelResult
    from loadgen.profile.options import Options
    from loadgen.report.report import Report
    from loadgen.triton.server import TritonServer

MOST_ROUNDS = 10_000
"""So many latencies pytest-benchmark is given at most: it spends some microseconds on each."""


class ReplayedClock:
    """A timer for pytest-benchmark, by which its rounds last as long as the requests of a load did."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __repr__(self) -> str:
        return "latencies of a load"  # what pytest-benchmark writes into its files

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        return self._now_s

    def advance(self, by_s: float) -> None:
        """Let so many seconds pass."""
        self._now_s += by_s


_CLOCK = pytest.StashKey[ReplayedClock]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two ways to say what `loadgen_server` serves."""
    told = "folder of models for the fixture loadgen_server"
    parser.addini("loadgen_model_repository", f"{told}, relative to the rootdir", default="model_repository")
    group = parser.getgroup("loadgen")
    group.addoption("--loadgen-model-repository", metavar="FOLDER", help=f"{told} (default: that of the ini file)")


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker."""
    told = "the fixture loadgen_server serves these models, a folder relative to the rootdir"
    config.addinivalue_line("markers", f"loadgen_server(model_repository): {told}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a marked test a server of its models. pytest puts the tests together that share one."""
    marker = metafunc.definition.get_closest_marker("loadgen_server")
    if marker is None or "loadgen_server" not in metafunc.fixturenames:
        return
    if len(marker.args) != 1 or marker.kwargs:
        usage = '@pytest.mark.loadgen_server("model_repository")'
        pytest.fail(f"{metafunc.definition.nodeid}: the marker takes one folder of models: {usage}", pytrace=False)
    metafunc.parametrize("loadgen_server", [str(marker.args[0])], indirect=True, scope="session")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have pytest-benchmark, where it is installed and wanted, time a load test by a clock of ours."""
    is_wanted = item.config.pluginmanager.hasplugin("benchmark") and not item.config.getoption("benchmark_skip")
    if not is_wanted or "loadgen" not in getattr(item, "fixturenames", ()):
        return
    item.stash[_CLOCK] = clock = ReplayedClock()
    marked = item.get_closest_marker("benchmark")
    options = {} if marked is None else marked.kwargs
    item.add_marker(pytest.mark.benchmark(**{**options, "timer": clock}), append=False)


@pytest.fixture(scope="session")
def loadgen_server(request: pytest.FixtureRequest) -> "Iterator[TritonServer]":
    """Run the embedded Triton on free ports for the whole session: `loadgen_server.target("model")`, `.grpc_url` ..."""
    from loadgen.errors import LoadgenError  # noqa: PLC0415 - see the top
    from loadgen.triton.server import TritonServer  # noqa: PLC0415

    with ExitStack() as stack:
        try:
            server = stack.enter_context(TritonServer(_model_repository(request)))
        except LoadgenError as error:
            raise pytest.fail.Exception(f"loadgen_server: {error}", pytrace=False) from None
        yield server


@pytest.fixture
def loadgen(request: pytest.FixtureRequest) -> "Callable[..., Report]":
    """Run a load as `loadgen.run` does, and attach the report to the test.

    The figures become properties of the test (`loadgen.p99_us` in JUnit's XML), the text is shown where the test fails,
    and pytest-benchmark, where it is installed, gets the latencies of the first load of each test.
    """

    def run(target: "Target | Mix", load: "LoadMode | Sequence[LoadMode]", **options: "Unpack[Options]") -> "Report":
        import loadgen as library  # noqa: PLC0415 - see the top

        try:
            report = library.run(target, load, **options)
        except library.LoadgenError as error:
            if error.report is not None:
                _attach(request.node, error.report)
            raise
        _attach(request.node, report)
        for level in report.levels[:1]:
            _add_benchmark(request, level)
        return report

    return run


def _model_repository(request: pytest.FixtureRequest) -> Path:
    """Return the folder: that of the marker, of the command line, or of the ini file."""
    config = request.config
    option: str | None = config.getoption("--loadgen-model-repository")
    if hasattr(request, "param"):
        folder = config.rootpath / str(request.param)
    elif option is not None:
        folder = config.invocation_params.dir / option
    else:
        folder = config.rootpath / str(config.getini("loadgen_model_repository"))
    if not folder.is_dir():
        ways = "--loadgen-model-repository, or loadgen_model_repository in the ini file"
        pytest.fail(f"loadgen_server: there is no folder {folder}; name that of the models by {ways}", pytrace=False)
    return folder


def _figures(level: "LevelResult") -> dict[str, Any]:
    """Return the load, and the figures that are known by the keys of the columns of every table."""
    from loadgen.report.columns import columns  # noqa: PLC0415 - see the top

    figures = {column.key: column.value(level) for column in columns() if column.key not in ("level", "model")}
    return {"load": str(level.load)} | {name: figure for name, figure in figures.items() if figure is not None}


def _attach(item: pytest.Item, report: "Report") -> None:
    from loadgen.report import text  # noqa: PLC0415 - see the top
    from loadgen.report.doubts import doubts  # noqa: PLC0415

    for level in report.levels:
        # The fixture record_property does no more, but warns that xunit2's schema has no properties of a test.
        item.user_properties.extend((f"loadgen.{name}", figure) for name, figure in _figures(level).items())
        lines = [str(level.load), text.level(level, protocol=report.target.protocol), *doubts(level)]
        item.add_report_section("call", "loadgen", "\n".join(lines))


def _add_benchmark(request: pytest.FixtureRequest, level: "LevelResult") -> None:
    """Replay the latencies to pytest-benchmark, which then saves and compares them like those of any benchmark."""
    clock = request.node.stash.get(_CLOCK, None)
    latencies_s = _spread_latencies_s(level)
    if clock is None or not latencies_s:
        return
    del request.node.stash[_CLOCK]  # a test is one benchmark
    benchmark = request.getfixturevalue("benchmark")
    benchmark.extra_info.update(_figures(level))
    remaining = iter(latencies_s)
    benchmark.pedantic(lambda: clock.advance(next(remaining)), rounds=len(latencies_s))


def _spread_latencies_s(level: "LevelResult") -> list[float]:
    """Return the latencies of the judged windows, sorted; of very many, some that are spread evenly over all."""
    import numpy as np  # noqa: PLC0415 - see the top

    from loadgen.measure.summary import sorted_latencies_ns  # noqa: PLC0415
    from loadgen.units import NS_PER_S  # noqa: PLC0415

    latency_ns = sorted_latencies_ns(level.windows)
    count = min(MOST_ROUNDS, len(latency_ns))
    ranks = np.linspace(0, len(latency_ns) - 1, count).round().astype(np.int64)
    return [float(latency_ns[rank]) / NS_PER_S for rank in ranks]
