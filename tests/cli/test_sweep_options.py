"""The command line of `loadgen sweep`."""

import sys
from pathlib import Path

import pytest

from loadgen.cli import sweep
from loadgen.cli.sweep_options import parse_sweep
from loadgen.errors import ConfigError
from loadgen.measure.threshold import threshold
from loadgen.measure.windows import Windows
from loadgen.study.axes import ORIGINAL, Axis
from loadgen.study.journal import Header, Journal
from loadgen.study.objective import Objective
from loadgen.study.runs import Run
from loadgen.study.schedule import Study


def test_the_study_that_is_asked_for():
    line = "-m mnist --instance-count 8,4 --set parameters.a.string_value=[1,2],3 --max-queue-delay 0 --one-at-a-time"
    options = parse_sweep(
        f"{line} --minimize p99 --subject-to errors<1% --repeats 2 -p 500 --concurrency-range 1:8".split()
    )
    objective = Objective("p99", (threshold("errors<1%"),))
    axes = (
        Axis("instance-count", (8, 4)),
        Axis("parameters.a.string_value", ("[1,2]", "3")),
        Axis("max-queue-delay", (0,)),
    )
    assert options.study == Study(axes, one_at_a_time=True, repeats=2, objective=objective)
    assert (options.measurement.model, options.measurement.interval_ms) == ("mnist", 500)
    assert list(options.measurement.levels.numbers) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (options.output, options.resume, options.model_repository) == (Path("sweep-mnist"), False, None)


def test_a_search_measures_a_part_of_the_grid(monkeypatch):
    line = ["-m", "mnist", "--instance-count", "8,4", "--max-queue-delay", "0,50", "--search", "3"]
    assert parse_sweep(line).study.search == 3
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"^--search 3: Optuna is not installed: pip install 'loadgen\[search\]'$"):
        parse_sweep(line)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "nothing to vary: give an axis, such as instance-count with the values 4,2,1"),
        ("--instance-count 4,0", "--instance-count 0: give a whole number of at least 1"),
        ("--instance-count 4,4", "--instance-count 4,4: instance-count: a value is there twice"),
        ("--instance-count 4 --instance-count 2", "instance-count is there twice: name all its values at once"),
        ("--dynamic-batching yes", "--dynamic-batching yes: give on or off"),
        ("--set instance_group", "--set instance_group: give PATH=VALUE,VALUE,..."),
        ("--set a..b=1", "a..b: give the path of a field, such as instance_group.0.count"),
        ("--instance-count 4 --binary-search -l 5 --concurrency-range 1:8", "--binary-search: sweep visits all levels"),
        ("--instance-count 4 --json x.json", "--json x.json: sweep writes its own files (--output), leave it out"),
        (
            "--instance-count 4 --concurrency-range 1:0 -l 9",
            "--concurrency-range 1:0: a sweep needs a range",
        ),
        ("-m other:2 --instance-count 4", "-m mnist: a sweep is of one model, and there are several: mnist:1, other:2"),
        ("--instance-count 4 --subject-to p99<5", "--subject-to p99<5: p99 is a time; give its limit in us, ms or s"),
        (
            "--instance-count 4 --subject-to p98<5ms",
            "--subject-to p98<5ms: a study keeps p50, p90, p95, p99; --percentile",
        ),
        ("--instance-count 4 --request-rate-range 100", "a sweep keeps requests in flight: give --concurrency-range"),
        (
            "--instance-count 4 --streaming --periodic-concurrency-range 1:4 --profile-export-file new.json",
            "--periodic-concurrency-range 1:4: sweep measures in windows, leave it out",
        ),
        ("--instance-count 4 --assert p99<5ms", "--assert p99<5ms: the limits of a sweep are those of --subject-to"),
        ("--instance-count 4,2 --search 2", "--search 2: there are 2 combinations, leave it out to measure them all"),
        ("--instance-count 4,2 --search 0", "--search 0: give a whole number of at least 1"),
        ("--instance-count 4,2 --search 1 --one-at-a-time", "argument --one-at-a-time: not allowed with"),
        ("--instance-count 4 --serve models -u localhost:1", "-u localhost:1: --serve starts a server of its own"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(line, sentence):
    with pytest.raises(ConfigError) as caught:
        parse_sweep(["-m", "mnist", *line.split()])
    assert str(caught.value).startswith(sentence)


def test_a_folder_with_a_study_is_not_overwritten(tmp_path):
    with Journal(tmp_path / "journal.jsonl", Windows()) as journal:
        journal.begin(Header({}, {}, "triton", {}, "2026-01-02T03:04:05+00:00"))
        journal.add_failure(Run(1, ORIGINAL, failed="no memory"))
    with pytest.raises(ConfigError, match="a study is there; resume it, or name another folder"):
        sweep.main(["-m", "mnist", "--instance-count", "2", "--output", str(tmp_path)])


def test_nothing_can_be_resumed_where_nothing_began(tmp_path):
    with pytest.raises(ConfigError, match="the journal cannot be read"):
        sweep.main(["-m", "mnist", "--instance-count", "2", "--output", str(tmp_path), "--resume"])
