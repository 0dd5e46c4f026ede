"""The verb `loadgen report`, on documents that were written as `--json` writes them."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loadgen.cli.main import main
from loadgen.load.target import Target
from loadgen.measure.windows import Windows
from loadgen.report.document import document
from loadgen.report.report import Report
from tests.cli.conftest import level


@pytest.fixture
def save(tmp_path):
    """Return a function that saves levels given as {concurrency: factor of speed} and returns the path."""

    def saved(name, speeds, error=""):
        levels = [scaled(level(concurrency), speed) for concurrency, speed in speeds.items()]
        started_at = datetime(2026, 1, 2, tzinfo=UTC)
        report = Report(Target("h:1", "m"), Windows(length_s=0.6), started_at, {}, tuple(levels), error=error)
        path = tmp_path / name
        path.write_text(json.dumps(document(report)))
        return str(path)

    return saved


def scaled(one, speed):
    """Return a level that is so much faster, in windows that differ by a thousandth."""

    def faster(summary, more=1.0):
        throughput, average_ns = summary.throughput * speed * more, round(summary.average_ns / speed)
        return replace(summary, throughput=throughput, average_ns=average_ns)

    trials = tuple(faster(trial, 1 + index / 1000) for index, trial in enumerate(one.trials))
    return replace(one, summary=faster(one.summary), trials=trials)


def test_runs_stand_side_by_side_level_by_level(save, capsys):
    code = main(["report", save("a.json", {1: 1, 2: 1}), save("b.json", {1: 0.9, 2: 1.001, 4: 1})])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[3:]]
    assert code == 0
    assert [row[:2] for row in rows[::2]] == [["Concurrency", "1"], ["Concurrency", "2"], ["Concurrency", "4"]]
    assert rows[1][1:] == ["900.0", "-10.0", "1111", "+11.1", "1500", "+0.0", "yes"]
    assert rows[3][1:] == ["2002.0", "+0.1", "999", "-0.1", "1500", "+0.0", "yes", "within", "the", "noise"]


def test_a_slower_level_fails_the_job(save, capsys):
    files = [save("a.json", {1: 1, 2: 1}), save("b.json", {1: 0.9, 2: 1})]
    assert main(["report", *files, "--fail-if-slower", "5%"]) == 1
    assert capsys.readouterr().err == f"loadgen: {files[1]}: concurrency 1 is slower by 11.1 %, more than 5 %\n"
    assert main(["report", *files, "--fail-if-slower", "12%"]) == 0


def test_a_run_that_an_error_ended_fails_the_job(save, capsys):
    files = [save("a.json", {1: 1, 2: 1}), save("b.json", {1: 1}, error="the server is gone")]
    assert main(["report", *files, "--fail-if-slower", "5%"]) == 1
    assert "an error ended the run: the server is gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{a}"], "give two files or more that loadgen --json has written"),
        (["{a}", "none.json"], "none.json: this file cannot be read: No such file or directory"),
        (["{a}", "{other}"], "this is no document that loadgen --json has written"),
        (["{a}", "{text}"], "this is no JSON"),
        (["{a}", "{b}", "--fail-if-slower", "5"], "--fail-if-slower 5: give a percentage such as 5%"),
        (["{a}", "{b}", "--fail-if-slower", "5%"], "has no level in common with the others"),
    ],
)
def test_what_cannot_be_compared_is_told(arguments, sentence, save, tmp_path, capsys):
    (tmp_path / "other.json").write_text('{"format": "loadgen", "version": 0}')
    (tmp_path / "text.json").write_text("Concurrency: 1")
    names = {"other": tmp_path / "other.json", "text": tmp_path / "text.json"}
    names |= {"a": save("a.json", {1: 1}), "b": save("b.json", {2: 1})}
    assert main(["report", *(argument.format(**names) for argument in arguments)]) == 99
    assert sentence in capsys.readouterr().err
