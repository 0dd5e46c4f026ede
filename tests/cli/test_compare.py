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
            "-m digits --session-concurrency 1",
            "--session-concurrency: this belongs to --service-kind openai",
            id="an option that is refused",
        ),
        pytest.param("-m digits --percentile 95", "--percentile 95: compare judges averages", id="a percentile"),
        pytest.param("-m digits --client grpcio", "--client grpcio: perf_analyzer has no such option", id="ours"),
        pytest.param("--version", "--version: ask loadgen itself", id="the version"),
        pytest.param("-m digits -f a.csv", "-f a.csv: compare writes no files, leave it out", id="a file"),
        pytest.param("-m digits --request-count 9", "--request-count 9: perf_analyzer's throughput", id="requests"),
        pytest.param("-m a -m b", "-m a: compare measures one model, and there are several: a:1, b:1", id="models"),
        pytest.param("-m digits -l 9", "-l 9: compare visits all levels of a range, leave it out", id="a limit"),
        pytest.param(
            "-m digits --streaming --profile-export-file a.json --periodic-concurrency-range 1:4",
            "--profile-export-file a.json: compare writes no files",
            id="a load that needs a file",
        ),
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


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        pytest.param("", "-u localhost:8001 -i grpc -m digits", id="the url and protocol of ours"),
        pytest.param("-u host:1", "-u host:1 -i grpc -m digits", id="the user's url"),
        pytest.param("-i HTTP", "-u localhost:8000 -i http -m digits", id="HTTP at perf_analyzer's own port"),
        pytest.param("-x 3 -b2", "-u localhost:8001 -i grpc -m digits -x 3 -b 2", id="what was typed"),
        pytest.param(
            "--shape a:1,2 --shape b:3 -H a:b",
            "-u localhost:8001 -i grpc -m digits --shape a:1,2 --shape b:3 -H a:b",
            id="as often as it was typed",
        ),
        pytest.param("--streaming", "-u localhost:8001 -i grpc -m digits --streaming", id="a switch"),
        pytest.param("--async", "-u localhost:8001 -i grpc -m digits --async", id="calls that only perf_analyzer has"),
        pytest.param(
            "--ssl-grpc-use-ssl true", "-u localhost:8001 -i grpc -m digits --ssl-grpc-use-ssl", id="a switch with true"
        ),
        pytest.param(
            "-i http --input-tensor json",
            "-u localhost:8000 -i http -m digits --input-tensor-format json",
            id="an abbreviation in full",
        ),
        pytest.param("--concurrency-range 1:4", "-u localhost:8001 -i grpc -m digits", id="without the levels"),
    ],
)
def test_both_tools_are_given_the_whole_measurement(typed, given):
    assert " ".join(compare._arguments(parse(["-m", "digits", *typed.split()]))) == given


def test_the_help_names_the_bounds_and_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as left:
        main(["compare", "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "--max-throughput-ratio" in text
    assert "0 the tools agree" in text
