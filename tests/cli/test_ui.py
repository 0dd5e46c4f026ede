"""How a run is shown: on a real pseudo-terminal the choice, without one what is left."""

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace

import pytest

from loadgen.cli.display import Display
from loadgen.cli.lines import Lines
from loadgen.cli.live import Live, heading_of, remarks
from loadgen.cli.main import main
from loadgen.cli.options import Options
from loadgen.cli.parser import parse
from loadgen.cli.session import plan_of
from loadgen.cli.ui import display_for
from loadgen.errors import ConfigError
from loadgen.load.modes import PeriodicConcurrency
from loadgen.measure.failures import FailureCount
from loadgen.measure.responses import ResponseTimes, Times
from loadgen.units import ms
from tests.cli.conftest import level


@contextmanager
def terminal() -> Iterator[None]:
    """Have a terminal for standard output, within the test itself: pytest takes it back whenever a part begins."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stdout, redirect_stdout(stdout):
        yield
    os.close(ours)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("CI", raising=False)


def chosen(line):
    options = parse(f"-m m {line}".split())
    return type(display_for(options, plan_of(options)))


@pytest.mark.parametrize(
    ("line", "variables", "display"),
    [
        pytest.param("", {}, Live, id="a terminal shows the dashboard"),
        pytest.param("-v", {}, Lines, id="whoever wants a line for each window gets lines"),
        pytest.param("", {"CI": "true"}, Lines, id="a CI job with a terminal gets lines"),
        pytest.param("", {"TERM": "dumb"}, Lines, id="a dumb terminal gets lines"),
        pytest.param("--ui plain", {}, Lines, id="lines by option"),
        pytest.param("--ui none", {}, Display, id="nothing by option"),
        pytest.param("--ui dashboard -v", {"CI": "true"}, Live, id="the dashboard by option, wherever it can be"),
    ],
)
def test_on_a_terminal(monkeypatch, line, variables, display):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with terminal():
        assert chosen(line) is display


def test_without_a_terminal_lines_are_printed():
    assert chosen("") is Lines


def test_a_dashboard_that_cannot_be_is_refused(play, capsys):
    play(level(1))
    assert main(["-m", "m", "--ui", "dashboard"]) == 99
    assert capsys.readouterr() == ("", "loadgen: --ui dashboard: the standard output is not a terminal\n")


def test_a_dashboard_on_a_dumb_terminal_is_refused(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    sentence = "--ui dashboard: the terminal can only print lines, by the variable TERM"
    with terminal(), pytest.raises(ConfigError, match=f"^{sentence}$"):
        chosen("--ui dashboard")


def test_below_the_table_failed_requests_are_told_with_the_name_of_their_model():
    failed = {"timeout": FailureCount(2, "no answer")}
    whole = level(1, failures=failed)
    trials = tuple(replace(trial, models={"a": trial}) for trial in whole.trials)
    of_one = replace(whole, summary=replace(whole.summary, models={"a": whole.summary}), trials=trials)

    assert [line for line in remarks([of_one], Options()) if "timeout" not in line] == [
        "Concurrency 1: Failed requests: 2 of 602 (0.33 %), not in the other figures",
        "Concurrency 1, a: Failed requests: 2 of 602 (0.33 %), not in the other figures",
    ]


def test_none_prints_nothing_but_warnings(play, capsys):
    play(level(1, unstable="too noisy"))
    assert main(["-m", "m", "-r", "3", "--ui", "none"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Failed to obtain stable measurement within 3" in err


def test_another_word_is_refused(capsys):
    assert main(["-m", "m", "--ui", "pretty"]) == 99
    assert "--ui pretty: give auto or dashboard or plain or none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([], None),
        (["--request-count", "9"], 9),
        (["--load", "hold 10/s for 2s"], 20),
        (["--periodic-concurrency-range", "1:7:2", "--streaming", "--profile-export-file", "new.json"], 7),
    ],
)
def test_the_dashboard_knows_how_many_requests_are_to_come(words, count):
    options = parse(["-m", "m", *words])

    assert heading_of(options, plan_of(options)).request_count == count


def test_below_the_table_stands_when_the_responses_of_a_periodic_load_came():
    times = ResponseTimes(Times(ms(3), {50: ms(2)}), None)
    periodic = replace(level(1), load=PeriodicConcurrency(1, 7))
    periodic = replace(periodic, summary=replace(periodic.summary, response_times=times))

    assert list(remarks([level(1), periodic], Options())) == [
        "Periodic concurrency 1:7:1, period 10: Time to first response: avg 3000 usec, p50 2000 usec"
    ]
