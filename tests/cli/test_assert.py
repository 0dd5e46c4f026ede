"""Thresholds on the command line: what is printed, what is written, and the exit code."""

import json
import os
import signal
from dataclasses import replace

import pytest

from loadgen.cli.main import main
from loadgen.errors import EmptyWindowError, InferenceError
from loadgen.load.modes import RequestRate
from loadgen.measure.failures import ErrorLimit, FailureCount
from tests.cli.conftest import level, sentence

RUN = ["-m", "m", "--concurrency-range", "1:2", "-r", "3"]
HOLDS = ["--assert", "throughput>900"]
FAILS = ["--assert", "throughput>1500"]  # at concurrency 1, not at 2


def test_each_level_is_judged_by_each_threshold_after_the_summary(play, capsys):
    play(level(1), level(2))
    assert main([*RUN, "--assert", "p50<1ms", *FAILS]) == 5
    out, err = capsys.readouterr()
    assert out.splitlines()[-5:] == [
        "Thresholds",
        "Concurrency: 1, holds: p50 0.9 ms < 1 ms (limit), stable, 600 requests",
        "Concurrency: 1, FAILS: throughput 1000 infer/s < 1500 infer/s (limit), stable, 600 requests",
        "Concurrency: 2, holds: p50 0.9 ms < 1 ms (limit), stable, 1 200 requests",
        "Concurrency: 2, holds: throughput 2000 infer/s > 1500 infer/s (limit), stable, 1 200 requests",
    ]
    assert err == "loadgen: --assert throughput>1500 fails at concurrency 1\n"


def test_thresholds_that_hold_are_exit_code_0_and_nothing_on_stderr(play, capsys):
    play(level(1), level(2))
    assert main([*RUN, *HOLDS]) == 0
    assert capsys.readouterr().err == ""


def test_levels_of_an_open_loop_are_named_by_their_rates(play, capsys):
    play(replace(level(1), load=RequestRate(50.0)), replace(level(1), load=RequestRate(100.0)))
    assert main(["-m", "m", "--request-rate-range", "50:100:50", *FAILS]) == 5
    assert capsys.readouterr().err.splitlines()[-1] == (
        "loadgen: --assert throughput>1500 fails at request rate 50, 100"
    )


@pytest.mark.parametrize("verb", [[], ["perf-analyzer"]])
def test_without_thresholds_the_output_has_no_word_of_them(play, capsys, verb):
    play(level(1))
    main([*verb, *RUN])
    assert "hreshold" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("acts", "options", "code"),
    [
        pytest.param([level(1, unstable="noisy")], FAILS, 5, id="a failed threshold goes before an unstable level"),
        pytest.param([level(1, unstable="noisy")], HOLDS, 2, id="one that holds leaves it as it is"),
        pytest.param([level(1), EmptyWindowError("too short")], FAILS, 3, id="an empty window goes before"),
        pytest.param([level(1), InferenceError("boom")], FAILS, 99, id="an error goes before"),
        pytest.param([level(2), level(1)], FAILS, 5, id="a later level fails as well as the first"),
    ],
)
def test_which_exit_code_goes_before_which(play, acts, options, code):
    play(*acts)
    assert main([*RUN, *options]) == code


@pytest.mark.parametrize(
    ("acts", "options", "code"),
    [
        pytest.param([level(1)], HOLDS, 0, id="what was measured holds"),
        pytest.param([level(1)], FAILS, 5, id="what was measured fails"),
        pytest.param([], HOLDS, 5, id="nothing was measured that could hold"),
    ],
)
def test_a_run_that_was_stopped_is_judged_by_what_it_measured(play, acts, options, code):
    play(*acts, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert main([*RUN, *options]) == code


def test_of_nothing_measured_the_user_is_told(play, capsys):
    play(lambda: os.kill(os.getpid(), signal.SIGINT))
    main([*RUN, *HOLDS])
    assert capsys.readouterr().err.splitlines()[-1] == "loadgen: --assert throughput>900 fails: nothing was measured"


def test_the_document_holds_the_judgements(play, tmp_path):
    play(level(1))
    main([*RUN, "--assert", "p99<1ms", "--assert", "queue<1s", "--json", str(tmp_path / "run.json")])
    (measured,) = json.loads((tmp_path / "run.json").read_text())["levels"]
    assert measured["thresholds"] == [
        {
            "threshold": "p99<1ms",
            "figure": "p99",
            "limit": 1,
            "unit": "ms",
            "actual": None,
            "holds": False,
            "sentence": "p99 is not known, for 600 requests are too few (662 needed); 1 ms (limit)",
        },
        {
            "threshold": "queue<1s",
            "figure": "queue",
            "limit": 1,
            "unit": "s",
            "actual": None,
            "holds": False,
            "sentence": "queue is not known, for the server tells nothing of it; 1 s (limit)",
        },
    ]


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        pytest.param(["--assert", "errors<1%"], ErrorLimit(rate=1.0), id="a threshold for errors tolerates all"),
        pytest.param(
            ["--assert", "errors<1%", "--max-error-rate", "3"], ErrorLimit(count=3), id="unless told otherwise"
        ),
        pytest.param(["--assert", "p99<1ms"], None, id="another one tolerates none"),
    ],
)
def test_failed_requests_that_a_threshold_judges_do_not_end_the_run(play, options, limit):
    plans = play(level(1))
    main([*RUN, *options])
    assert [plan.error_limit for plan in plans] == [limit]


def test_failed_requests_are_judged(play, capsys):
    play(level(1, failures={"UNAVAILABLE": FailureCount(12, "going down")}))
    assert main([*RUN, "--assert", "errors<1%"]) == 5
    judged = "errors 1.96 % > 1 % (limit), 12 of 612 requests failed, for example [UNAVAILABLE] going down"
    assert f"Concurrency: 1, FAILS: {judged}\n" in capsys.readouterr().out


def test_a_threshold_without_a_sense_is_refused_by_name():
    assert sentence("-m m --assert p99<15") == (
        "--assert p99<15: p99 is a time; give its limit in us, ms or s, such as p99<15ms"
    )
