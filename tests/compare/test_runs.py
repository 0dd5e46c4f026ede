"""Both tools in turn, with small programs of our own in their place: they print what the real ones printed."""

from itertools import count
from pathlib import Path

import pytest

from loadgen.compare.judgement import Figures
from loadgen.compare.runs import Plan, figures_of, level_of, runs_at, warm_up
from loadgen.compare.tools import Finished, Tool
from loadgen.errors import LoadgenError
from loadgen.measure.server_statistics import ServerStatistics, Spent

PRINTED = Path(__file__).parent / "printed"
STABLE = PRINTED / "perf_analyzer.txt"
UNSTABLE = PRINTED / "perf_analyzer_unstable.txt"

TOOL = Tool("perf_analyzer", ("perf_analyzer",))

# 1000 requests: 10 usec each in the queue, 1 + 5 + 2 usec to compute.
SERVER = ServerStatistics(
    success=Spent(1000, 20_000_000),
    queue=Spent(1000, 10_000_000),
    compute_input=Spent(1000, 1_000_000),
    compute_infer=Spent(1000, 5_000_000),
    compute_output=Spent(1000, 2_000_000),
)


def tool(name, script):
    """A tool that is a line of shell; what it is given follows as "$@"."""
    return Tool(name, ("sh", "-c", script, name))


def rising_counters():
    """The server's counters: 1000 more requests each time they are read."""
    total = count(1000, 1000)
    return lambda: ServerStatistics(success=Spent(next(total), 0))


def test_a_run_is_the_printed_figures_and_what_each_request_cost():
    finished = Finished(exit_code=0, output=STABLE.read_text(), errors="", cpu_s=0.08)
    assert figures_of(TOOL, finished, SERVER) == Figures(
        throughput=1265.61, latency_us=1572, adds_us=270, cpu_us=80.0, server_us=18.0
    )


def test_the_response_cache_is_part_of_the_servers_time():
    server = ServerStatistics(
        success=Spent(2, 0), queue=Spent(2, 6000), cache_hit=Spent(1, 2000), cache_miss=Spent(1, 4000),
        compute_input=Spent(1, 1000), compute_infer=Spent(1, 6000), compute_output=Spent(1, 1000),
    )  # fmt: skip
    figures = figures_of(TOOL, Finished(0, STABLE.read_text(), "", 0.0), server)
    assert figures is not None
    assert figures.server_us == 10.0


def test_an_unstable_run_with_figures_is_marked():
    finished = Finished(2, (PRINTED / "loadgen_unstable.txt").read_text(), "", 0.0)
    figures = figures_of(TOOL, finished, SERVER)
    assert figures is not None
    assert not figures.stable


def test_an_unstable_run_without_figures_is_none():
    assert figures_of(TOOL, Finished(2, UNSTABLE.read_text(), "", 0.0), SERVER) is None


@pytest.mark.parametrize(
    ("exit_code", "errors", "sentence"),
    [
        pytest.param(
            99,
            "error: failed to get model metadata: Request for unknown model: 'nope' is not found\n\n",
            "perf_analyzer failed with exit code 99: "
            "error: failed to get model metadata: Request for unknown model: 'nope' is not found",
            id="unknown model",
        ),
        pytest.param(
            99,
            "Error: Failed to parse -p. Invalid value provided: x\nUsage: perf_analyzer [options]\n== SYNOPSIS ==\n",
            "perf_analyzer failed with exit code 99: Error: Failed to parse -p. Invalid value provided: x",
            id="an option, without the usage text",
        ),
        pytest.param(
            3,
            "No valid requests recorded within time interval. Please use a larger time window.\n",
            "perf_analyzer failed with exit code 3: "
            "No valid requests recorded within time interval. Please use a larger time window",
            id="empty window",
        ),
        pytest.param(
            -11, "", "perf_analyzer failed with exit code -11: it gives no reason", id="a crash without a word"
        ),
    ],
)
def test_a_tool_that_fails_is_quoted(exit_code, errors, sentence):
    with pytest.raises(LoadgenError) as raised:
        figures_of(TOOL, Finished(exit_code, "", errors, 0.0), SERVER)
    assert str(raised.value) == sentence


def test_success_without_figures_is_an_error():
    with pytest.raises(LoadgenError, match="perf_analyzer ended without figures"):
        figures_of(TOOL, Finished(0, "", "", 0.0), SERVER)


def test_the_order_alternates_and_both_get_the_same_arguments(tmp_path):
    log = tmp_path / "log"
    theirs, ours = (tool(name, f'echo "{name} $*" >> {log}; cat {STABLE}') for name in ("A", "B"))
    plan = Plan(theirs, ours, ("-m", "digits"), repeat=3)
    runs = list(runs_at(4, plan, rising_counters()))
    assert [run.tool.name for run in runs] == list("ABBAAB")
    arguments = "-m digits --concurrency-range 4"
    assert log.read_text().splitlines() == [f"{name} {arguments}" for name in "ABBAAB"]


def test_the_servers_counter_tells_how_many_requests_a_run_made(tmp_path):
    spin = "import time\nwhile time.process_time() < 0.2: pass"
    theirs = tool("A", f"python3 -c '{spin}'; cat {STABLE}")
    [run, _] = runs_at(1, Plan(theirs, tool("B", f"cat {STABLE}"), (), repeat=1), rising_counters())
    assert run.figures is not None
    assert run.figures.cpu_us >= 200  # 0.2 s for 1000 requests


def test_a_tool_that_stays_unstable_is_tried_twice_and_leaves_the_level_without_figures(tmp_path):
    log = tmp_path / "log"
    theirs = tool("A", f"echo again >> {log}; cat {UNSTABLE}; exit 2")
    plan = Plan(theirs, tool("B", f"cat {STABLE}"), (), repeat=1)
    level = level_of(1, list(runs_at(1, plan, rising_counters())), plan)
    assert log.read_text().splitlines() == ["again", "again"]
    assert level.theirs is None
    assert level.ours is not None


def test_a_tool_that_needs_a_second_attempt_counts_as_unstable(tmp_path):
    seen = tmp_path / "seen"
    theirs = tool("A", f"if [ -e {seen} ]; then cat {STABLE}; else touch {seen}; cat {UNSTABLE}; exit 2; fi")
    plan = Plan(theirs, tool("B", f"cat {STABLE}"), (), repeat=1)
    level = level_of(1, list(runs_at(1, plan, rising_counters())), plan)
    assert level.theirs is not None
    assert not level.theirs.stable
    assert level.ours is not None
    assert level.ours.stable


def test_the_warm_up_says_when_perf_analyzer_cannot_do_the_work():
    theirs = tool("perf_analyzer", "echo 'error: no such model' >&2; exit 99")
    with pytest.raises(LoadgenError, match="perf_analyzer failed with exit code 99: error: no such model"):
        warm_up(Plan(theirs, TOOL, ()), 8)
