import pytest

from loadgen.cli import perf_analyzer_options
from loadgen.cli.options import TABLE, Options
from loadgen.cli.parser import parse
from loadgen.errors import ConfigError


def sentence(line):
    with pytest.raises(ConfigError) as caught:
        parse(line.split())
    return str(caught.value)


def test_without_options_the_defaults_are_perf_analyzers_except_that_the_protocol_is_grpc():
    assert parse(["-m", "m"]) == Options(
        model="m",
        version="",
        url="localhost:8001",
        batch_size=1,
        shapes={},
        concurrencies=(1,),
        interval_ms=5000,
        stability_percentage=10.0,
        max_trials=10,
        percentile=None,
        verbose=False,
    )


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        pytest.param("-x 3", "version", "3", id="-x is the version"),
        pytest.param("-u triton:8500", "url", "triton:8500", id="-u is host and port"),
        pytest.param("-u [::1]:8500", "url", "[::1]:8500", id="-u takes an IPv6 address in brackets"),
        pytest.param("-i gRPC", "url", "localhost:8001", id="-i grpc is accepted in any case"),
        pytest.param("-b 4", "batch_size", 4, id="-b is the batch size"),
        pytest.param("-p 200", "interval_ms", 200, id="-p is the interval"),
        pytest.param("-s 2.5", "stability_percentage", 2.5, id="-s may have decimals"),
        pytest.param("-r 3", "max_trials", 3, id="-r is the number of windows"),
        pytest.param("--percentile 95", "percentile", 95, id="--percentile takes a percentile"),
        pytest.param("--percentile -1", "percentile", None, id="--percentile -1 is the average"),
        pytest.param("--concurrency-range 4", "concurrencies", (4,), id="a start alone is one level"),
        pytest.param("--concurrency-range 1:4", "concurrencies", (1, 2, 3, 4), id="the end is included"),
        pytest.param("--concurrency-range 1:8:3", "concurrencies", (1, 4, 7), id="a step may jump over the end"),
        pytest.param("--shape a:1,28", "shapes", {"a": (1, 28)}, id="--shape is an input and its dimensions"),
        pytest.param("--shape a:b:3", "shapes", {"a:b": (3,)}, id="--shape is split at the last colon"),
        pytest.param("--shape a:1 --shape b:2", "shapes", {"a": (1,), "b": (2,)}, id="--shape may be repeated"),
        pytest.param("-v", "verbose", True, id="-v is verbose"),
        # Parsing rules
        pytest.param("--measurement-interval=200", "interval_ms", 200, id="a long name with an equals sign"),
        pytest.param("--concurrency 2", "concurrencies", (2,), id="an unambiguous prefix"),
        pytest.param("--perc=90", "percentile", 90, id="an unambiguous prefix with an equals sign"),
        pytest.param("-b4", "batch_size", 4, id="a value right behind its letter"),
        pytest.param("-vvb4", "batch_size", 4, id="bundled letters"),
        pytest.param("-b 2 -b 3", "batch_size", 3, id="the last of a repeated option wins"),
        pytest.param("-p 1 --measurement-interval 2", "interval_ms", 2, id="the last wins under either name"),
    ],
)
def test_an_option_sets_its_field(line, field, value):
    assert getattr(parse(["-m", "m", *line.split()]), field) == value


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "-m is missing: name the model to measure, or see loadgen --help"),
        ("-m", "-m needs a value"),
        ("-m m -b 0", "-b 0: give a whole number of at least 1"),
        ("-m m -b 1x", "-b 1x: give a whole number of at least 1"),
        ("-m m -b -1", "-b -1: give a whole number of at least 1"),
        ("-m m -b 1_0", "-b 1_0: give a whole number of at least 1"),
        ("-m m -b 9999999999", "-b 9999999999: give a whole number from 1 to 1000000000"),
        ("-m m -p 0.5", "-p 0.5: give a whole number of at least 1"),
        ("-m m --measurement-int 0", "--measurement-interval 0: give a whole number of at least 1"),
        ("-m m -r 0", "-r 0: give a whole number of at least 1"),
        ("-m m -s -1", "-s -1: give a number of at least 0"),
        ("-m m -s nan", "-s nan: give a number of at least 0"),
        ("-m m -s inf", "-s inf: give a number of at least 0"),
        ("-m m -s ten", "-s ten: give a number of at least 0"),
        ("-m m --percentile 0", "--percentile 0: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --percentile 100", "--percentile 100: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --percentile p95", "--percentile p95: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --concurrency-range 0:4", "--concurrency-range 0:4: the start must be at least 1, not 0"),
        ("-m m --concurrency-range 4:2", "--concurrency-range 4:2: the end must be at least the start (4), not 2"),
        ("-m m --concurrency-range 1:4:0", "--concurrency-range 1:4:0: the step must be at least 1, not 0"),
        ("-m m --concurrency-range -1", "--concurrency-range -1: give a whole number of at least 0"),
        (
            "-m m --concurrency-range 1::2",
            '--concurrency-range 1::2: give a whole number of at least 0 in place of ""',
        ),
        ("-m m --concurrency-range 1:2:3:4", "--concurrency-range 1:2:3:4: give START, START:END or START:END:STEP"),
        (
            "-m m --concurrency-range 1:0",
            "--concurrency-range 1:0: an end of 0, no limit, needs --latency-threshold, which is not there yet",
        ),
        (
            "-m m --concurrency-range 1:900000",
            "--concurrency-range 1:900000: that makes 900000 levels, more than 10000",
        ),
        ("-m m --shape a", "--shape a: give INPUT:D,D,... such as images:3,224,224"),
        ("-m m --shape a:", '--shape a:: give a whole number of at least 1 in place of ""'),
        ("-m m --shape a:1,-1", '--shape a:1,-1: give a whole number of at least 1 in place of "-1"'),
        ("-m m -u triton", "-u triton: give HOST:PORT of the gRPC endpoint, such as localhost:8001"),
        ("-m m -u http://a:8", "-u http://a:8: give HOST:PORT of the gRPC endpoint, such as localhost:8001"),
        ("-m m -u a:70000", "-u a:70000: give HOST:PORT of the gRPC endpoint, such as localhost:8001"),
        ("-m m -u ::1:8001", "-u ::1:8001: give HOST:PORT of the gRPC endpoint, such as localhost:8001"),
        ("-m m -i http", "-i http: loadgen does not have HTTP yet; use grpc and the server's gRPC port"),
        ("-m m -i carrier-pigeon", "-i carrier-pigeon: the protocol is grpc"),
        ("-m m --percentile", "--percentile needs a value"),
        ("-m m --version=1", "--version takes no value"),
        (
            "-m m --concurrency-range 1 8",
            'unexpected argument "8": a value has to follow its option; see loadgen --help',
        ),
        ("serv", 'unexpected argument "serv": did you mean serve?'),
        ("-m m -q", "unknown option -q; see loadgen --help"),
        ("-m m --concurency-range 1", "unknown option --concurency-range: did you mean --concurrency-range?"),
        ("-m m --unheard-of", "unknown option --unheard-of; see loadgen --help"),
        ("-m m --metrics 1", "--metrics is ambiguous: it may be --metrics-interval, --metrics-url"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("-m m") else None,
)
def test_what_cannot_be_meant_is_refused_by_name(line, error):
    assert sentence(line) == error


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param("--streaming", "--streaming", id="a switch"),
        pytest.param("--stream", "--streaming", id="an abbreviation"),
        pytest.param("--streaming=true", "--streaming", id="a switch with a value"),
        pytest.param("--input-data zero", "--input-data", id="an option with a value"),
        pytest.param("--input-data=zero", "--input-data", id="an option with a value after an equals sign"),
        pytest.param("--input-d=zero", "--input-data", id="an abbreviation with a value"),
        pytest.param("--input-data", "--input-data", id="an option without its value"),
        pytest.param("-a", "-a", id="a letter"),
        pytest.param("-va", "-a", id="a letter in a bundle"),
        pytest.param("-l 5", "-l", id="a letter with a value"),
        pytest.param("-f", "-f", id="a letter without its value"),
    ],
)
def test_an_option_of_perf_analyzer_that_is_missing_is_refused_by_name(line, name):
    assert sentence(f"-m m {line}") == f"{name} is an option of perf_analyzer that loadgen does not have yet"


def test_every_missing_option_is_refused_and_none_of_ours_is_among_them():
    for name in perf_analyzer_options.LONG:
        option = f"--{name}1" if name.endswith("=") else f"--{name}"
        assert "does not have yet" in sentence(f"-m m {option}"), option
    ours = {name for group in TABLE.values() for option in group for name in option.names.split(", ")}
    assert not ours & {f"--{name.removesuffix('=')}" for name in perf_analyzer_options.LONG}
    assert not ours & {f"-{letter}" for letter in perf_analyzer_options.SHORT}
