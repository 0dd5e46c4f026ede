"""loadgen beside perf_analyzer, h2load and grpc.aio: `python -m benchmarks.side_by_side`, some 26 minutes.

The parts, on one real Triton but for the last two:

- plain: the MNIST model over gRPC;
- cached: the same with Triton's response cache, which makes a very fast real server of it;
- http: the MNIST model over HTTP;
- image: an input of 602 kB, for a model that does next to nothing with it;
- null: a server with no model behind it, which leaves the client as the limit;
- memory: what loadgen's memory grows by in a million requests, on the same server.

At each level the tools run in turn, to and fro, and medians count; every run is three windows, stable or not. The
server shares the processor with the tools; nothing else should run meanwhile. The exit code is 1 when a goal could not
be judged, for lack of figures.
"""

import argparse
import json
import sys
from collections.abc import Collection
from compileall import compile_dir
from pathlib import Path

import loadgen as loadgen_package
from benchmarks import goals, tables
from benchmarks.contest import Contest, Referee
from benchmarks.goals import Level, Row
from benchmarks.grpc_aio import grpc_aio
from benchmarks.memory import memory_growth_mib
from benchmarks.null_server import MODEL as NULL_MODEL
from benchmarks.null_server import null_server
from benchmarks.repository import CACHED_MNIST, IMAGE, MNIST, model_repository
from loadgen.compare.tools import Tool, loadgen, perf_analyzer
from loadgen.errors import LoadgenError
from loadgen.load.target import Target
from loadgen.triton.server import TritonServer

ON_TRITON = ("plain", "cached", "http", "image")
ON_NULL_SERVER = ("null", "memory")
PARTS = (*ON_TRITON, *ON_NULL_SERVER)


def main() -> int:
    """Measure, print the tables, write them where that is asked for, and return the exit code."""
    options = _options()
    compile_dir(Path(loadgen_package.__file__).parent, quiet=1)  # as pip does, but not for an editable installation
    referee = Referee(options.interval, options.repeat)
    runs: dict[str, dict[int, Level]] = {}
    memory: list[Row] = []
    if parts := options.only & set(ON_TRITON):
        with model_repository() as repository, TritonServer(repository, response_cache_mib=64) as server:
            for contest in _contests_on(server, parts):
                runs[contest.title] = referee.hold(contest)
    if options.only & set(ON_NULL_SERVER):
        with null_server() as url:
            target = Target(url, NULL_MODEL)
            if "null" in options.only:
                runs[goals.NULL] = referee.hold(_null_contest(target))
            if "memory" in options.only:
                memory = [_memory(target, options.interval)]
    rows = [*(goals.row(goal, runs[goal.contest]) for goal in goals.GOALS if goal.contest in runs), *memory]
    record = {"interval_ms": options.interval, "repeat": options.repeat, **tables.as_json(rows, runs, referee.failures)}
    _publish(tables.as_text(rows, runs, referee.failures), record, options.output)
    return int(any(row.met is None for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.side_by_side",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-p", dest="interval", type=int, default=2000, help="measurement interval, ms (default: 2000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each tool at each level (default: 3)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help="only these parts")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="write side_by_side.json and side_by_side.md there"
    )
    options = parser.parse_args()
    options.only = set(options.only)
    return options


def _contests_on(server: TritonServer, parts: Collection[str]) -> list[Contest]:
    theirs = perf_analyzer()
    asynchronous = Tool(goals.PERF_ANALYZER_ASYNC, (*theirs.command, "--async"))
    both, all_three = (theirs, loadgen()), (theirs, loadgen(), asynchronous)
    mnist, cached, image = (Target(server.grpc_url, model) for model in (MNIST, CACHED_MNIST, IMAGE))
    contests = {
        "plain": Contest(goals.PLAIN, mnist, (1, 2, 4, 8), both, with_h2load=True),
        "cached": Contest(goals.CACHED, cached, (1, 2, 4, 8, 64), all_three, with_h2load=True),
        "http": Contest(goals.HTTP, mnist, (1, 2, 4, 8), both, http_url=server.http_url),
        "image": Contest(goals.IMAGE, image, (1, 4), all_three),
    }
    return [contest for part, contest in contests.items() if part in parts]


def _null_contest(target: Target) -> Contest:
    theirs = (grpc_aio(goals.GRPC_AIO, channels=1), grpc_aio(goals.GRPC_AIO_SPREAD, channels=4))
    return Contest(goals.NULL, target, (64,), (loadgen(), *theirs), with_h2load=True)


def _memory(target: Target, interval_ms: int) -> Row:
    try:
        return goals.memory_row(memory_growth_mib(target, interval_ms))
    except LoadgenError as error:
        return goals.memory_row(None, str(error))


def _publish(text: str, record: dict[str, object], folder: Path | None) -> None:
    print(text)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "side_by_side.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (folder / "side_by_side.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
