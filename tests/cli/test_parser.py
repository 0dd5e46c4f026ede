from dataclasses import replace

import pytest

from loadgen.cli import perf_analyzer_options
from loadgen.cli.options import TABLE, Options
from loadgen.cli.parser import parse
from loadgen.errors import ConfigError
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit


def sentence(line):
    with pytest.raises(ConfigError) as caught:
        parse(line.split())
    return str(caught.value)


def test_without_options_the_defaults_are_perf_analyzers_except_that_the_protocol_is_grpc():
    assert parse(["-m", "m"]) == Options(
        model="m",
        version="",
        url="",
        protocol="grpc",
        headers=(),
        grpc_tls=False,
        tls=Tls(),
        transport=Transport(),
        error_limit=None,
        concurrency_limit=None,
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
        pytest.param("-i gRPC", "protocol", "grpc", id="-i grpc is accepted in any case"),
        pytest.param("-i HTTP", "protocol", "http", id="-i http, too"),
        pytest.param("-H a:b", "headers", (("a", "b"),), id="-H is a name and a value"),
        pytest.param("-H a:b:c", "headers", (("a", "b:c"),), id="-H is split at the first colon"),
        pytest.param("-H a:", "headers", (("a", ""),), id="-H may have an empty value"),
        pytest.param("-H a:b -H c:d", "headers", (("a", "b"), ("c", "d")), id="-H may be repeated"),
        pytest.param("-H a:b -H c:d -H A:e", "headers", (("c", "d"), ("A", "e")), id="the last -H of one name wins"),
        pytest.param("--ssl-grpc-use-ssl", "grpc_tls", True, id="--ssl-grpc-use-ssl is a switch"),
        pytest.param("--ssl-grpc-use-ssl true", "grpc_tls", True, id="behind which true is ignored"),
        pytest.param("--max-error-rate 1%", "error_limit", ErrorLimit(rate=0.01), id="a share of errors"),
        pytest.param("--max-error-rate 0.29%", "error_limit", ErrorLimit(rate=0.0029), id="a share with decimals"),
        pytest.param("--max-error-rate 100%", "error_limit", ErrorLimit(rate=1.0), id="all may fail"),
        pytest.param("--max-error-rate 100", "error_limit", ErrorLimit(count=100), id="a count of errors"),
        pytest.param("--max-error-rate 0", "error_limit", ErrorLimit(count=0), id="no errors"),
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
    ("line", "field", "value"),
    [
        pytest.param("--streaming", "streaming", True, id="streams"),
        pytest.param("--grpc-compression-algorithm gzip", "compression", "gzip", id="gzip"),
        pytest.param("--grpc-compression-algorithm deflate", "compression", "deflate", id="deflate"),
        pytest.param("--grpc-compression-algorithm none", "compression", None, id="no compression"),
        pytest.param("--client grpcio", "client", "grpcio", id="the official library"),
        pytest.param("--client loadgen", "client", "loadgen", id="our own client"),
        pytest.param("--request-timeout 500ms", "request_timeout_s", 0.5, id="a time in milliseconds"),
        pytest.param("--request-timeout 2.5s", "request_timeout_s", 2.5, id="a time in seconds"),
        pytest.param("--keepalive 30s", "keepalive_s", 30.0, id="keepalive"),
        pytest.param("-i http --input-tensor-format JSON", "json_inputs", True, id="inputs as JSON, in any case"),
        pytest.param("-i http --input-tensor-format binary", "json_inputs", False, id="inputs as bytes"),
        pytest.param("-i http --output-tensor-format json", "json_outputs", True, id="outputs as JSON"),
    ],
)
def test_an_option_of_transport(line, field, value):
    assert parse(["-m", "m", *line.split()]).transport == replace(Transport(), **{field: value})


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file by the name of `file`, in the folder where the command is typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()


@pytest.mark.parametrize(
    ("line", "tls"),
    [
        pytest.param("", None, id="gRPC without TLS"),
        pytest.param("--ssl-grpc-use-ssl", Tls(), id="gRPC with TLS"),
        pytest.param(
            "--ssl-grpc-use-ssl --ssl-grpc-root-certifications-file file", Tls(ca_file="file"), id="own authorities"
        ),
        pytest.param(
            "--ssl-grpc-use-ssl --ssl-grpc-private-key-file file --ssl-grpc-certificate-chain-file file",
            Tls(certificate_file="file", key_file="file"),
            id="our own certificate",
        ),
        pytest.param("--ssl-grpc-use-ssl --ssl-target-name a.b", Tls(server_name="a.b"), id="another name"),
        pytest.param("-i http", None, id="HTTP"),
        pytest.param("-i http -u https://h", Tls(), id="HTTPS"),
        pytest.param("-i http -u HTTPS://h --ssl-target-name a.b", Tls(server_name="a.b"), id="HTTPS, another name"),
        pytest.param(
            "-i http -u https://h --ssl-https-verify-peer 0 --ssl-https-verify-host 0",
            Tls(verify_peer=False, verify_host=False),
            id="HTTPS, nothing verified",
        ),
        pytest.param(
            "-i http -u https://h --ssl-https-verify-peer 1 --ssl-https-verify-host 1", Tls(), id="HTTPS, all verified"
        ),
        pytest.param(
            "-i http -u https://h --ssl-https-ca-certificates-file file", Tls(ca_file="file"), id="HTTPS, authorities"
        ),
        pytest.param(
            "-i http -u https://h --ssl-https-client-certificate-file file --ssl-https-client-certificate-type DER "
            "--ssl-https-private-key-file file --ssl-https-private-key-type DER",
            Tls(certificate_file="file", key_file="file"),
            id="HTTPS, our own certificate",
        ),
    ],
)
@pytest.mark.usefixtures("file")
def test_the_options_of_tls_become_that_of_the_target(line, tls):
    assert parse(["-m", "m", *line.split()]).target.tls == tls


@pytest.mark.parametrize(
    ("line", "url"),
    [("", "localhost:8001"), ("-i http", "localhost:8000"), ("-u h:1 -i http", "h:1")],
    ids=["gRPC", "HTTP", "the user's"],
)
def test_the_url_is_that_of_the_protocol_unless_one_is_given(line, url):
    assert parse(["-m", "m", *line.split()]).target.url == url


def test_a_header_is_without_the_blanks_around_it():
    assert parse(["-m", "m", "-H", "X-Team: Vision "]).target.headers == (("X-Team", "Vision"),)


def test_a_header_that_cannot_be_sent_is_refused():
    with pytest.raises(ConfigError, match=r"^-H a b:c: "):
        parse(["-m", "m", "-H", "a b:c"])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--streaming -i http", "--streaming: this needs -i grpc, not -i http"),
        (
            "-i http --grpc-compression-algorithm none",
            "--grpc-compression-algorithm none: this needs -i grpc, not -i http",
        ),
        ("-i http --client grpcio", "--client grpcio: this needs -i grpc, not -i http"),
        ("-i http --keepalive 1s", "--keepalive 1s: this needs -i grpc, not -i http"),
        ("-i http --ssl-grpc-use-ssl", "--ssl-grpc-use-ssl: this needs -i grpc, not -i http"),
        ("--input-tensor-format binary", "--input-tensor-format binary: this needs -i http, not -i grpc"),
        ("--output-tensor-format json", "--output-tensor-format json: this needs -i http, not -i grpc"),
        ("--ssl-https-verify-peer 0", "--ssl-https-verify-peer 0: this needs -i http, not -i grpc"),
        (
            "--ssl-grpc-root-certifications-file file",
            "--ssl-grpc-root-certifications-file file: this needs --ssl-grpc-use-ssl as well",
        ),
        (
            "--ssl-grpc-use-ssl --ssl-grpc-private-key-file file",
            "--ssl-grpc-private-key-file file: this needs --ssl-grpc-certificate-chain-file as well",
        ),
        (
            "--ssl-grpc-use-ssl --ssl-grpc-certificate-chain-file file",
            "--ssl-grpc-certificate-chain-file file: this needs --ssl-grpc-private-key-file as well",
        ),
        (
            "-i http -u https://h --ssl-https-client-certificate-file file",
            "--ssl-https-client-certificate-file file: this needs --ssl-https-private-key-file as well",
        ),
        (
            "-i http -u https://h --ssl-https-private-key-file file",
            "--ssl-https-private-key-file file: this needs --ssl-https-client-certificate-file as well",
        ),
        (
            "-i http -u https://h --ssl-https-private-key-type DER",
            "--ssl-https-private-key-type DER: this needs --ssl-https-private-key-file as well",
        ),
        (
            "-i http -u h:1 --ssl-https-verify-host 0",
            "--ssl-https-verify-host 0: this needs -u https://..., or nothing is encrypted",
        ),
        (
            "--ssl-target-name a.b",
            "--ssl-target-name a.b: this needs --ssl-grpc-use-ssl, or nothing is encrypted",
        ),
    ],
    ids=lambda value: value if value.startswith("-") and ": this" not in value else "",
)
@pytest.mark.usefixtures("file")
def test_options_that_contradict_each_other_are_refused_with_both_names(line, error):
    assert sentence(f"-m m {line}") == error


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
        ("-m m -i Carrier-Pigeon", "-i Carrier-Pigeon: give grpc or http"),
        ("-m m -H team", '-H team: give NAME:VALUE, such as "authorization: Bearer abc"'),
        ("-m m -H :team", '-H :team: give NAME:VALUE, such as "authorization: Bearer abc"'),
        ("-m m --grpc-comp brotli", "--grpc-compression-algorithm brotli: give none or gzip or deflate"),
        ("-m m --client curl", "--client curl: give loadgen or grpcio"),
        ("-m m --input-tensor-format xml", "--input-tensor-format xml: give binary or json"),
        ("-m m --ssl-https-verify-peer 2", "--ssl-https-verify-peer 2: give 0 or 1"),
        ("-m m --ssl-https-verify-host yes", "--ssl-https-verify-host yes: give 0 or 1 or 2"),
        ("-m m --ssl-https-private-key-type pem", "--ssl-https-private-key-type pem: give PEM or DER"),
        (
            "-m m --ssl-grpc-root-certifications-file /no/such",
            "--ssl-grpc-root-certifications-file /no/such: there is no such file",
        ),
        (
            "-m m --request-timeout 500",
            "--request-timeout 500: give a time above 0 with its unit, such as 500ms or 2.5s",
        ),
        ("-m m --request-timeout 0s", "--request-timeout 0s: give a time above 0 with its unit, such as 500ms or 2.5s"),
        ("-m m --keepalive -1s", "--keepalive -1s: give a time above 0 with its unit, such as 500ms or 2.5s"),
        (
            "-m m --max-error-rate 0.01",
            "--max-error-rate 0.01: give a share of the requests such as 1%, or a count such as 100",
        ),
        (
            "-m m --max-error-rate 101%",
            "--max-error-rate 101%: give a share of the requests such as 1%, or a count such as 100",
        ),
        (
            "-m m --max-error-rate -1",
            "--max-error-rate -1: give a share of the requests such as 1%, or a count such as 100",
        ),
        (
            "-m m --ssl-grpc-use-ssl false",
            'unexpected argument "false": a value has to follow its option; see loadgen --help',
        ),
        ("-m m --ssl-grpc-use-ssl=true", "--ssl-grpc-use-ssl takes no value"),
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
        pytest.param("--binary-search", "--binary-search", id="a switch"),
        pytest.param("--binary", "--binary-search", id="an abbreviation"),
        pytest.param("--binary-search=true", "--binary-search", id="a switch with a value"),
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


@pytest.mark.parametrize(
    "line", ["-u triton", "-u a:70000", "-u ::1:8001", "-u https://a:8001", "-i http -u ftp://a", "-i http -u a:x"]
)
def test_a_url_that_cannot_be_used_is_named(line):
    assert sentence(f"-m m {line}").startswith(f"-u {line.split()[-1]}: ")


def test_every_missing_option_is_refused_and_none_of_ours_is_among_them():
    for name in perf_analyzer_options.LONG:
        option = f"--{name}1" if name.endswith("=") else f"--{name}"
        assert "does not have yet" in sentence(f"-m m {option}"), option
    ours = {name for group in TABLE.values() for option in group for name in option.names.split(", ")}
    assert not ours & {f"--{name.removesuffix('=')}" for name in perf_analyzer_options.LONG}
    assert not ours & {f"-{letter}" for letter in perf_analyzer_options.SHORT}
