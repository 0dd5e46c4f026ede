"""Where the tools are, and how a run of one is stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loadgen.compare.tools import loadgen, perf_analyzer, run_process
from loadgen.errors import ConfigError


@pytest.fixture
def program(tmp_path):
    def make(folder):
        path = tmp_path / folder / "perf_analyzer"
        path.parent.mkdir()
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    return make


def test_a_named_program_comes_before_the_one_on_path(program, monkeypatch):
    monkeypatch.setenv("PATH", str(program("on_path").parent))
    named = str(program("named"))
    assert perf_analyzer(named).command == (named,)


def test_the_program_on_path_comes_before_the_one_beside_python(program, monkeypatch):
    on_path, beside = program("on_path"), program("beside")
    monkeypatch.setenv("PATH", str(on_path.parent))
    monkeypatch.setattr(sys, "executable", str(beside.parent / "python"))
    assert perf_analyzer().command == (str(on_path),)


def test_the_program_beside_python_is_found_without_an_active_environment(program, monkeypatch, tmp_path):
    beside = program("beside")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(beside.parent / "python"))
    assert perf_analyzer().command == (str(beside),)


def test_its_absence_is_one_sentence_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        ConfigError, match=r"perf_analyzer is neither on PATH nor in .*`make setup`.*--perf-analyzer PATH"
    ):
        perf_analyzer()


def test_a_named_program_must_be_there(tmp_path):
    missing = tmp_path / "perf_analyzer"
    with pytest.raises(ConfigError, match=f"--perf-analyzer {missing}: "):
        perf_analyzer(str(missing))


def test_loadgen_is_run_by_this_python():
    finished = run_process([*loadgen().command, "--version"])
    assert finished.exit_code == 0
    assert finished.output.startswith("loadgen ")


def test_both_outputs_and_the_exit_code_are_kept():
    finished = run_process(["sh", "-c", "echo figures; echo reason >&2; exit 3"])
    assert (finished.exit_code, finished.output, finished.errors) == (3, "figures\n", "reason\n")


def test_a_process_that_dies_by_a_signal_has_a_negative_exit_code():
    assert run_process(["sh", "-c", "kill -KILL $$"]).exit_code == -signal.SIGKILL


def test_an_interrupt_lets_the_tool_end_in_good_order(tmp_path):
    ready, ended = tmp_path / "ready", tmp_path / "ended"
    os.mkfifo(ready)
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import pathlib, signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"  # kept for sigwait if it comes early
        f"pathlib.Path({str(ready)!r}).write_text('x')\n"
        "signal.sigwait([signal.SIGINT])\n"
        f"pathlib.Path({str(ended)!r}).touch()\n"
    )
    script = f"import sys; from loadgen.compare.tools import run_process; run_process([sys.executable, {str(tool)!r}])"
    compare = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    Path(ready).read_text()  # returns when the tool is there
    compare.send_signal(signal.SIGINT)
    _, errors = compare.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert ended.exists()
