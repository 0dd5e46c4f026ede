"""The files of a run: refused before the load begins when they cannot be written, and written however it ends."""

import csv
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from loadgen.cli.main import main
from loadgen.errors import ServerError
from tests.cli.conftest import level

RUN = ["-m", "m", "--concurrency-range", "1:2", "-r", "3", "-f", "out.csv", "--json", "out.json"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, in which the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows():
    with Path("out.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def document():
    return json.loads(Path("out.json").read_text())


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_a_run_writes_its_levels_into_both_files(play, capsys):
    play(level(1), level(2))
    assert main(RUN) == 0
    assert [(row["Concurrency"], row["Inferences/Second"]) for row in rows()] == [("1", "1000"), ("2", "2000")]
    assert [level["load"]["value"] for level in document()["levels"]] == [1, 2]
    assert document()["arguments"] == RUN
    assert capsys.readouterr().err == ""


def of_several_models(concurrency):
    """Return a level of which each of two models has a half."""
    whole = level(concurrency)
    half = replace(whole.summary, throughput=whole.summary.throughput / 2)
    parts = {"a": half, "org/b": half}
    trials = tuple(replace(trial, models=parts) for trial in whole.trials)
    return replace(whole, summary=replace(whole.summary, models=parts), trials=trials)


def test_of_several_models_each_has_a_csv_file_of_its_own_beside_that_of_all(play, folder):
    play(of_several_models(1), of_several_models(2))
    assert main(["-m", "a", "-m", "org/b", "--concurrency-range", "1:2", "-f", "out.csv"]) == 0

    rates = {
        path.name: [float(row["Inferences/Second"]) for row in csv.DictReader(path.read_text().splitlines())]
        for path in folder.iterdir()
    }
    assert rates == {"out.csv": [1000, 2000], "a.out.csv": [500, 1000], "org_b.out.csv": [500, 1000]}


def test_verbose_csv_adds_the_average_latency(play):
    play(level(1))
    main([*RUN, "--verbose-csv"])
    assert rows()[0]["Avg latency"] == "1000"


@pytest.mark.parametrize(
    ("acts", "code"),
    [
        pytest.param([level(1, unstable="too noisy")], 2, id="unstable"),
        pytest.param([level(1), ServerError("the server went away")], 99, id="ended by an error"),
        pytest.param([level(1), interrupt], 0, id="interrupted"),
    ],
)
def test_the_files_are_written_however_the_run_ends(play, acts, code):
    play(*acts)
    assert main(RUN) == code
    assert [row["Concurrency"] for row in rows()] == ["1"]
    assert len(document()["levels"]) == 1
    assert document()["interrupted"] == (interrupt in acts)
    assert document()["error"] == ("the server went away" if code == 99 else None)


def test_without_a_level_there_is_no_csv_file_and_the_document_says_why(play):
    play(ServerError("nobody there"))
    assert main(RUN) == 99
    assert not Path("out.csv").exists()
    assert (document()["levels"], document()["error"]) == ([], "nobody there")


def test_the_export_is_written_when_the_run_has_no_level(play):
    play(ServerError("nobody there"))
    assert main(["-m", "m", "--profile-export-file", "export.json"]) == 99
    assert json.loads(Path("export.json").read_text())["experiments"] == []


@pytest.mark.parametrize("path", ["there.json", "."], ids=["a file", "a folder"])
def test_an_export_that_is_there_is_never_replaced(play, capsys, path):
    Path("there.json").write_text("old")
    plans = play(level(1))
    assert main(["-m", "m", "--profile-export-file", path]) == 99
    assert capsys.readouterr() == ("", f"loadgen: --profile-export-file {path}: this is there already\n")
    assert (plans, Path("there.json").read_text()) == ([], "old")


def test_a_run_without_an_export_keeps_no_requests(play):
    captures = []
    plans = play(level(1), captures=captures)
    main(["-m", "m"])
    main(["-m", "m", "--profile-export-file", "export.json"])
    assert len(plans) == 2
    assert [capture is None for capture in captures] == [True, False]


def test_files_that_are_there_are_replaced(play):
    Path("out.csv").write_text("old, and longer than the new one" * 100)
    Path("out.json").write_text("old")
    play(level(1))
    assert main(RUN) == 0
    assert len(rows()) == 1
    assert len(document()["levels"]) == 1


@pytest.mark.parametrize("option", ["-f", "--json"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("none/such", "No such file or directory", id="a folder that is not there"),
        pytest.param(".", "Is a directory", id="a folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_load_begins(play, capsys, option, path, reason):
    plans = play(level(1))
    assert main(["-m", "m", option, path]) == 99
    assert capsys.readouterr() == ("", f"loadgen: {option} {path}: this file cannot be written: {reason}\n")
    assert plans == []


def test_the_trial_before_the_load_changes_nothing(play, folder):
    Path("out.csv").write_text("old")
    assert main([*RUN, "--json", "none/such"]) == 99
    assert Path("out.csv").read_text() == "old"
    assert [path.name for path in folder.iterdir()] == ["out.csv"]


def test_a_file_that_cannot_be_written_in_the_end_is_told_and_the_rest_is_there(play, capsys, folder):
    def a_folder_takes_its_place():
        Path("out.csv").mkdir()
        interrupt()

    play(level(1), a_folder_takes_its_place)
    assert main(RUN) == 99
    out, err = capsys.readouterr()
    assert "Concurrency: 1, throughput: 1000 infer/sec" in out
    assert err.splitlines()[-1] == "loadgen: -f out.csv: this file could not be written: Is a directory"
    assert len(document()["levels"]) == 1


def test_a_header_that_may_be_a_secret_is_not_in_the_document(play):
    play(level(1))
    main([*RUN, "-H", "authorization: Bearer secret"])
    assert "secret" not in Path("out.json").read_text()


@pytest.mark.parametrize("measured", [level(1), of_several_models(1)], ids=["one model", "several"])
def test_a_device_takes_what_it_is_given(play, capsys, measured):
    play(measured)
    assert main(["-m", "m", "-f", "/dev/null"]) == 0
    assert list(Path("/dev").glob("*.null")) == [], "nothing stands beside it"
    assert capsys.readouterr().err == ""
