"""The entry for those who have perf_analyzer's command lines: what differs from `loadgen -m MODEL`."""

import subprocess
import sys
from pathlib import Path

import pytest

from loadgen.cli.main import main
from loadgen.version import __version__
from tests.cli.conftest import level

VERSION = f"Perf Analyzer Version 2.51.0 (commit loadgen-{__version__})\n"


@pytest.mark.parametrize(
    ("line", "protocol", "url"),
    [
        pytest.param("", "http", "localhost:8000", id="HTTP unless another is asked for"),
        pytest.param("-i gRPC", "grpc", "localhost:8001", id="gRPC at its own port"),
        pytest.param("-u triton:1 -i grpc", "grpc", "triton:1", id="a url and gRPC"),
        pytest.param("-u https://triton", "http", "https://triton", id="HTTPS by the url"),
    ],
)
def test_the_protocol_is_perf_analyzers(play, line, protocol, url):
    plans = play(level(1))
    assert main(["perf-analyzer", "-m", "m", *line.split()]) == 0
    (plan,) = plans
    assert (plan.target.protocol, plan.target.url) == (protocol, url)


def test_a_measurement_is_printed_as_ever(play, capsys):
    play(level(1))
    main(["-m", "m", "-i", "http"])
    ours = capsys.readouterr()
    play(level(1))
    main(["perf-analyzer", "-m", "m"])
    assert capsys.readouterr() == ours


@pytest.mark.parametrize("line", ["m2", "-i grpc --ssl-grpc-use-ssl false", "-b 1 true -p 100"])
def test_a_word_that_belongs_to_no_option_is_ignored_and_named(play, capsys, line):
    plans = play(level(1))
    assert main(["perf-analyzer", "-m", "m", *line.split()]) == 0
    (word,) = {"m2", "false", "true"} & set(line.split())
    assert capsys.readouterr().err == f'loadgen: the argument "{word}" belongs to no option and is ignored\n'
    assert len(plans) == 1


def test_the_true_behind_the_switch_for_tls_is_no_matter_for_words(play, capsys):
    plans = play(level(1))
    assert main(["perf-analyzer", "-m", "m", "-i", "grpc", "--ssl-grpc-use-ssl", "true"]) == 0
    assert plans[0].target.tls is not None
    assert capsys.readouterr().err == ""


def test_an_option_that_cannot_be_used_is_refused_as_ever(capsys):
    assert main(["perf-analyzer", "-m", "m", "-b", "0"]) == 99
    assert capsys.readouterr() == ("", "loadgen: -b 0: give a whole number of at least 1\n")


def test_the_version_is_told_in_perf_analyzers_words_on_standard_error(capsys):
    assert main(["perf-analyzer", "--version"]) == 0
    assert capsys.readouterr() == ("", VERSION)


def test_the_help_is_that_of_a_measurement(capsys):
    assert main(["perf-analyzer", "--help"]) == 0
    text, _ = capsys.readouterr()
    main(["--help"])
    assert capsys.readouterr().out == text


def test_the_command_of_its_own_is_the_verb():
    script = "from loadgen.cli.main import perf_analyzer_entry; perf_analyzer_entry()"
    for command in ([sys.executable, "-c", script], [Path(sys.executable).parent / "loadgen-perf-analyzer"]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", VERSION)
