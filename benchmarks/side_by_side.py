"""loadgen beside perf_analyzer and h2load on one real Triton: `python -m benchmarks.side_by_side`, about ten minutes.

The MNIST model is measured as it is, and with Triton's response cache, which makes a very fast real server of it. At
each level the tools run in turn, to and fro, and medians count. The server shares the processor with the tools; nothing
else should run meanwhile.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import goals, tables
from benchmarks.h2load import h2load
from loadgen.compare.judgement import Figures
from loadgen.compare.runs import Counters, Plan, Run, run_once, warm_up
from loadgen.compare.table import described
from loadgen.compare.tools import Tool, loadgen, perf_analyzer
from loadgen.errors import ConfigError
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.triton.control import ControlPlane
from loadgen.triton.server import TritonServer

REPOSITORY = Path(__file__).parents[1] / "model_repository"
MODEL = "mnist-onnx"
CACHED_MODEL = "mnist-onnx-cached"
LEVELS = (1, 2, 4, 8)

Contestant = Callable[[int, Counters], Figures | None]
"""Runs a tool once at a concurrency."""


def main() -> None:
    """Measure, print the tables, and write them where that is asked for."""
    options = _options()
    with _repository() as repository, TritonServer(repository, response_cache_mib=64) as server:
        runs = {
            goals.PLAIN: _measure(Target(server.grpc_url, MODEL), options, asynchronous=False),
            goals.CACHED: _measure(Target(server.grpc_url, CACHED_MODEL), options, asynchronous=True),
        }
    rows = [goals.row(goal, runs[goal.model]) for goal in goals.GOALS]
    text = tables.as_text(rows, runs)
    print(text)
    if options.output is not None:
        options.output.mkdir(parents=True, exist_ok=True)
        record = {"interval_ms": options.interval, "repeat": options.repeat, **tables.as_json(rows, runs)}
        (options.output / "side_by_side.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (options.output / "side_by_side.md").write_text(text + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side", description=__doc__)
    parser.add_argument("-p", dest="interval", type=int, default=2000, help="measurement interval, ms (default: 2000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each tool at each level (default: 3)")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="write side_by_side.json and side_by_side.md there"
    )
    return parser.parse_args()


@contextmanager
def _repository() -> Iterator[Path]:
    """Yield a model repository with the model twice, once with Triton's response cache."""
    with tempfile.TemporaryDirectory() as folder:
        for name, addition in ((MODEL, ""), (CACHED_MODEL, "response_cache { enable: true }\n")):
            shutil.copytree(REPOSITORY / MODEL, Path(folder) / name)
            config = Path(folder) / name / "config.pbtxt"
            config.write_text(config.read_text().replace(f'"{MODEL}"', f'"{name}"') + addition)
        yield Path(folder)


def _measure(target: Target, options: argparse.Namespace, *, asynchronous: bool) -> dict[int, goals.Level]:
    """Run all tools at all levels. `asynchronous` adds perf_analyzer's other mode, where it may be the quicker one."""
    arguments = ("-m", target.model, "-u", target.url, "-i", "grpc", "-p", str(options.interval))
    theirs = perf_analyzer()
    tools = {goals.PERF_ANALYZER: theirs, goals.LOADGEN: loadgen()}
    if asynchronous:
        tools[goals.PERF_ANALYZER_ASYNC] = Tool(goals.PERF_ANALYZER_ASYNC, (*theirs.command, "--async"))
    contestants: dict[str, Contestant] = {name: partial(run_once, tool, arguments) for name, tool in tools.items()}
    with ControlPlane(target) as control, ExitStack() as stack:
        try:
            limit = stack.enter_context(h2load(target, control, options.interval / 1000))
            contestants[goals.H2LOAD_ONE_CONNECTION] = limit.on_one_connection
            contestants[goals.H2LOAD_MANY_CONNECTIONS] = limit.on_many_connections
        except ConfigError as error:
            print(f"without h2load: {error}", file=sys.stderr)
        warm_up(Plan(theirs, loadgen(), arguments), max(LEVELS))
        counters = partial(_counters, control)
        return {concurrency: _runs_at(concurrency, contestants, options.repeat, counters) for concurrency in LEVELS}


def _runs_at(concurrency: int, contestants: Mapping[str, Contestant], repeat: int, counters: Counters) -> goals.Level:
    """Run the tools to and fro, so that what drifts with time falls on all alike."""
    runs: dict[str, list[Figures | None]] = {name: [] for name in contestants}
    for index in range(repeat):
        for name in list(contestants)[:: 1 if index % 2 == 0 else -1]:
            runs[name].append(contestants[name](concurrency, counters))
            print(f"concurrency {concurrency}: {described(Run(Tool(name, ()), runs[name][-1]))}", file=sys.stderr)
    return runs


def _counters(control: ControlPlane) -> ServerStatistics:
    counters = control.statistics()
    assert counters is not None  # Triton keeps them
    return counters


if __name__ == "__main__":
    main()
