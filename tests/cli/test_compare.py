"""The options of `loadgen compare`: what is taken, what both tools are given, and the sentences for the rest."""

import pytest

from loadgen.cli import compare
from loadgen.cli.main import main
from loadgen.cli.parser import parse


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param("", "-m is missing", id="no model"),
        pytest.param("-m digits --repeat 0", "--repeat 0: give a whole number of at least 1", id="no runs"),
        pytest.param(
            "-m digits --repeat", "argument --repeat: expected one argument", id="an option without its value"
        ),
        pytest.param("-m digits --max-latency-ratio x", "--max-latency-ratio x: give a number", id="a bound in words"),
        pytest.param("-m digits --min-throughput-ratio 2", "--min-throughput-ratio 2: it must not exceed", id="bounds"),
        pytest.param("-m digits --frobnicate", "unknown option --frobnicate", id="an unknown option"),
        pytest.param(
            "-m digits --async", "--async is an option of perf_analyzer", id="an option that is not there yet"
        ),
        pytest.param("-m digits --percentile 95", "--percentile 95: compare judges averages", id="a percentile"),
        pytest.param("-m digits --client grpcio", "--client grpcio: perf_analyzer has no such option", id="ours"),
        pytest.param("--version", "--version: ask loadgen itself", id="the version"),
        pytest.param("-m digits -v", "-v: compare prints no windows", id="windows"),
        pytest.param("-m digits --concurrency-range 0:4", "--concurrency-range 0:4: the start", id="a range"),
        pytest.param("-m digits --perf-analyzer /none/such", "--perf-analyzer /none/such: ", id="no such program"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(arguments, sentence, capsys):
    assert main(["compare", *arguments.split()]) == 99
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"loadgen: {sentence}")
    assert errors.count("\n") == 1


def test_both_tools_are_given_the_whole_measurement():
    typed = "-m digits -u host:1 -x 3 -b 2 -p 500 -s 5 -r 7 --shape a:1,2 --shape b:3"
    options = parse(typed.split())
    assert " ".join(compare._arguments(options)) == (
        "-m digits -u host:1 -i grpc -b 2 --measurement-interval 500 --stability-percentage 5 --max-trials 7 "
        "-x 3 --shape a:1,2 --shape b:3"
    )


@pytest.mark.parametrize(
    ("typed", "server", "transport"),
    [
        pytest.param("-i http", "-u localhost:8000 -i http", "", id="HTTP at perf_analyzer's own port"),
        pytest.param("--streaming", "-u localhost:8001 -i grpc", " --streaming", id="streams"),
        pytest.param("-H a:b -H c:d", "-u localhost:8001 -i grpc", " -H a:b -H c:d", id="headers"),
        pytest.param(
            "-i http --input-tensor json", "-u localhost:8000 -i http", " --input-tensor-format json", id="JSON"
        ),
        pytest.param("--ssl-grpc-use-ssl true", "-u localhost:8001 -i grpc", " --ssl-grpc-use-ssl", id="TLS"),
    ],
)
def test_both_tools_send_their_requests_in_the_same_way(typed, server, transport):
    options = parse(["-m", "digits", *typed.split()])
    assert " ".join(compare._arguments(options)) == (
        f"-m digits {server} -b 1 --measurement-interval 5000 --stability-percentage 10 --max-trials 10{transport}"
    )


def test_the_help_names_the_bounds_and_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as left:
        main(["compare", "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "--max-throughput-ratio" in text
    assert "0 the tools agree" in text
