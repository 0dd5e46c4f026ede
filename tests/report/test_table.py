import re
from dataclasses import replace

import pytest
from rich.console import Console

from loadgen.measure.client_use import ClientUse
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.threshold import threshold
from loadgen.report.columns import columns
from loadgen.report.table import LevelTable


def served(*, success_us, queue_us, compute_us, hit_us=0):
    return ServerStatistics(
        success=Spent(1, success_us * 1000),
        queue=Spent(1, queue_us * 1000),
        compute_infer=Spent(1, compute_us * 1000),
        cache_hit=Spent(1 if hit_us else 0, hit_us * 1000),
    )


@pytest.fixture
def levels(level_of):
    """Eight levels of a model that takes about 600 us; the third did not become stable."""
    reason = "throughput spread 1.31 > 1.10 and average latency spread 1.25 > 1.10 in the last 3 windows"
    return [
        level_of(
            concurrency,
            1500.25 + 25 * concurrency,
            640 * concurrency,
            latencies_us=(610 * concurrency, 700 * concurrency, 760 * concurrency, 1900 * concurrency),
            server=served(success_us=550 * concurrency, queue_us=50 * (concurrency - 1), compute_us=480),
            reason=reason if concurrency == 3 else "",
        )
        for concurrency in range(1, 9)
    ]


def shown(table, width):
    console = Console(width=width, color_system=None, legacy_windows=False, _environ={})
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


@pytest.mark.parametrize("width", [80, 120])
def test_eight_levels(levels, width, golden):
    golden(f"table_{width}.txt", shown(LevelTable(levels), width))


@pytest.mark.parametrize("width", [50, 60, 70, 80, 100, 120, 200])
def test_no_figure_is_cut_or_wrapped(levels, width):
    output = shown(LevelTable(levels), width)

    assert "…" not in output
    assert max(map(len, output.splitlines())) <= width
    assert all(figure in output for figure in ["Throughput", "1,700.2*", "5,120", "15,200", "720", "Stable"])


@pytest.mark.parametrize(
    ("percentile", "kept", "dropped"),
    [(None, ["p90", "p99"], ["p95"]), (95, ["p95", "p99"], ["p90"])],
    ids=["p95 goes first", "not if it was asked for"],
)
def test_a_narrow_terminal_does_without_some_percentiles(levels, percentile, kept, dropped):
    head = shown(LevelTable(levels, percentile), 80).split("\n", maxsplit=1)[0].split()

    assert [name for name in head if name in kept + dropped] == kept


def test_a_level_at_which_loadgen_was_the_limit_is_marked(levels):
    busy = ClientUse(duration_ns=1000, cpu_ns=960)
    levels[-1] = replace(levels[-1], summary=replace(levels[-1].summary, client=busy))
    output = shown(LevelTable(levels), 120)

    assert "1,700.2*! " in output
    assert "1,525.2   " in output
    assert "! the limit was loadgen itself: the server may be capable of more" in output
    assert "Concurrency 8: loadgen itself was the limit: its event loop ran 96 % of the time" in output


def test_failed_requests_have_a_column_and_a_note_only_if_there_are_any(level_of):
    good, bad = level_of(1, 100.0, 700), level_of(2, 200.0, 700, failed={"timeout": 3, "reset": 1})
    output = shown(LevelTable([good, bad]), 120)

    head, units, _, *rows = (line.split() for line in output.splitlines())
    assert (head.index("Failed"), units[1]) == (2, "requests")
    assert [row[2] for row in rows[:2]] == ["0", "4"]
    assert "Failed requests are not in the other figures." in output
    assert "Failed" not in shown(LevelTable([good]), 120)


def test_a_level_at_which_every_request_failed_has_no_latency(level_of):
    failed = level_of(1, 0.0, failed={"timeout": 3}, count=0, reason="no request succeeded")
    output = shown(LevelTable([failed, level_of(2, 200.0, 700)]), 120)

    assert output.splitlines()[3].split() == ["1", "0", "3", "-", "-", "-", "-", "-", "no"]


def test_columns_of_a_server_without_statistics_are_left_out(level_of):
    output = shown(LevelTable([level_of(1, 0.357, 2_800_000)]), 120)

    assert output.split()[:7] == ["Concurrency", "Throughput", "Average", "p50", "p90", "p95", "p99"]
    assert "Server" not in output
    assert "Adds" not in output
    assert output.splitlines()[3].split()[:3] == ["1", "0.357", "2,800,000"]


def test_a_figure_that_is_missing_in_one_level_is_a_dash(level_of):
    known = level_of(1, 100.0, 700, server=served(success_us=600, queue_us=0, compute_us=500))
    *_, unknown, _, _ = shown(LevelTable([known, level_of(2, 200.0, 700)]), 120).splitlines()

    assert unknown.split()[-4:] == ["-", "-", "-", "yes"]


def test_the_best_is_the_best_of_the_stable_levels(level_of):
    levels = [level_of(1, 100.0), level_of(2, 200.0), level_of(3, 300.0, reason="2 windows, 3 needed")]
    output = shown(LevelTable(levels), 120)

    assert output.count("200.0*") == 1
    assert "300.0*" not in output
    assert "Concurrency 3 is not stable: 2 windows, 3 needed." in output


def test_a_level_alone_is_not_the_best(level_of):
    assert "*" not in shown(LevelTable([level_of(1, 100.0)]), 120)


def test_with_a_response_cache_the_answers_are_hits_and_misses(level_of):
    level = level_of(1, 100.0, 700, server=served(success_us=600, queue_us=0, compute_us=500, hit_us=100))
    output = shown(LevelTable([level]), 120)

    assert "hits and misses" in output
    assert output.splitlines()[3].split()[-3] == "300"


def test_every_column_has_a_key_of_its_own_and_a_figure(levels):
    table = {column.key: column.value(levels[2]) for column in columns()}

    assert table == {
        "level": 3,
        "model": None,
        "sent_per_s": None,
        "throughput": 1575.25,
        "responses_per_s": None,
        "failed": 0,
        "average_us": 1920,
        "p50_us": 1830,
        "p90_us": 2100,
        "p95_us": 2280,
        "p99_us": 5700,
        "planned_p99_us": None,
        "late_p99_us": None,
        "server_queue_us": 100,
        "server_compute_us": 480,
        "adds_us": 270,
        "stable": levels[2].verdict.reason,
    }


def test_a_decoupled_model_has_a_column_of_its_responses(level_of):
    level = level_of(1, 650.946, 1264)
    level = replace(level, summary=replace(level.summary, response_throughput=1952.84))

    assert re.search(r"Responses +Average.* 1,952.8 +1,264 ", shown(LevelTable([level]), 120), re.DOTALL)
    assert "Responses" not in shown(LevelTable([level_of(1, 650.946, 1264)]), 120)


def test_the_percentile_asked_for_has_a_column():
    assert [column.key for column in columns(80)][6:12] == [
        "average_us",
        "p50_us",
        "p80_us",
        "p90_us",
        "p95_us",
        "p99_us",
    ]


def test_with_thresholds_a_column_says_whether_a_level_keeps_to_all_of_them(levels):
    limits = [threshold("throughput>1600"), threshold("avg<5ms")]
    output = shown(LevelTable(levels, thresholds=limits), 80)

    assert "Holds" in output.splitlines()[0]
    assert [line.split()[-1] for line in output.splitlines()[3:11]] == ["NO"] * 3 + ["yes"] * 4 + ["NO"]
