from dataclasses import replace
from pathlib import Path

import pytest

from loadgen.cli.level_range import LevelRange
from loadgen.cli.options import Options
from loadgen.cli.parser import parse
from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.mix import Mix
from loadgen.load.sequence_options import Sequences
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.search import LinearSearch
from loadgen.measure.threshold import threshold
from tests.cli.conftest import sentence


def test_without_options_the_defaults_are_perf_analyzers_except_that_the_protocol_is_grpc():
    assert parse(["-m", "m"]) == Options(
        models=(("m", 1),),
        version="",
        url="",
        protocol="grpc",
        headers=(),
        grpc_tls=False,
        tls=Tls(),
        transport=Transport(),
        error_limit=None,
        inputs=Inputs(),
        concurrencies=LevelRange(1),
        rates=None,
        binary_search=False,
        latency_limit_ms=0,
        counts_requests=False,
        window_request_count=50,
        request_count=None,
        warmup_request_count=0,
        csv_file="",
        verbose_csv=False,
        json_file="",
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
        pytest.param(
            "--bls-composing-models=a,b:2",
            "composing_models",
            (("a", ""), ("b", "2")),
            id="--bls-composing-models are names, with or without a version",
        ),
        pytest.param("-H a:b", "headers", (("a", "b"),), id="-H is a name and a value"),
        pytest.param("-H a:b:c", "headers", (("a", "b:c"),), id="-H is split at the first colon"),
        pytest.param("-H a:", "headers", (("a", ""),), id="-H may have an empty value"),
        pytest.param("-H a:b -H c:d", "headers", (("a", "b"), ("c", "d")), id="-H may be repeated"),
        pytest.param("-H a:b -H c:d -H A:e", "headers", (("c", "d"), ("A", "e")), id="the last -H of one name wins"),
        pytest.param("--ssl-grpc-use-ssl", "grpc_tls", True, id="--ssl-grpc-use-ssl is a switch"),
        pytest.param("--ssl-grpc-use-ssl true", "grpc_tls", True, id="behind which true is ignored"),
        pytest.param(
            "--assert p99<15ms --assert errors<3",
            "thresholds",
            (threshold("p99<15ms"), threshold("errors<3")),
            id="--assert may be repeated",
        ),
        pytest.param("--max-error-rate 1%", "error_limit", ErrorLimit(rate=0.01), id="a share of errors"),
        pytest.param("--max-error-rate 0.29%", "error_limit", ErrorLimit(rate=0.0029), id="a share with decimals"),
        pytest.param("--max-error-rate 100%", "error_limit", ErrorLimit(rate=1.0), id="all may fail"),
        pytest.param("--max-error-rate 100", "error_limit", ErrorLimit(count=100), id="a count of errors"),
        pytest.param("--max-error-rate 0", "error_limit", ErrorLimit(count=0), id="no errors"),
        pytest.param("-l 20", "latency_limit_ms", 20, id="-l is the latency limit"),
        pytest.param("-p 200", "interval_ms", 200, id="-p is the interval"),
        pytest.param("-s 2.5", "stability_percentage", 2.5, id="-s may have decimals"),
        pytest.param("-r 3", "max_trials", 3, id="-r is the number of windows"),
        pytest.param("--percentile 95", "percentile", 95, id="--percentile takes a percentile"),
        pytest.param("--percentile -1", "percentile", None, id="--percentile -1 is the average"),
        pytest.param("--concurrency-range 4", "levels", LevelRange(4), id="a start alone is one level"),
        pytest.param("--concurrency-range 1:4", "levels", LevelRange(1, 4), id="a range has an end"),
        pytest.param("--concurrency-range 1:8:3", "levels", LevelRange(1, 8, 3), id="a range may have a step"),
        pytest.param("--concurrency-range 4:1", "search", LinearSearch(4, 4), id="perf_analyzer's default end is none"),
        pytest.param("-t 2 -c 8", "levels", LevelRange(2, 8), id="-t and -c are start and end of a range"),
        pytest.param("--binary-search -l 9 --concurrency-range 1:9", "binary_search", True, id="--binary-search"),
        pytest.param("--latency-threshold 0", "latency_limit_ms", 0, id="a latency limit of 0 is none"),
        pytest.param("--measurement-mode count_windows", "counts_requests", True, id="windows of requests"),
        pytest.param("--measurement-mode time_windows", "counts_requests", False, id="windows of time"),
        pytest.param("--measurement-request-count 7", "window_request_count", 7, id="requests in a window"),
        pytest.param("--request-count 7", "request_count", 7, id="so many requests"),
        pytest.param("--request-count 0", "request_count", None, id="so many as there are"),
        pytest.param("--warmup-request-count 7", "warmup_request_count", 7, id="requests before"),
        pytest.param("--sequence-length 7", "sequences", Sequences(length=7), id="the length of sequences"),
        pytest.param(
            "--sequence-length-variation 5", "sequences", Sequences(length_variation=0.05), id="how much it varies"
        ),
        pytest.param("--sequence-id-range 9", "sequences", Sequences(first_id=9), id="the first id of a sequence"),
        pytest.param(
            "--sequence-id-range 9:5000000000 --sequence-length 3",
            "sequences",
            Sequences(length=3, first_id=9, id_count=4_999_999_991),
            id="so many ids, of sequences so long",
        ),
        pytest.param("-f a.csv", "csv_file", "a.csv", id="-f is a CSV file"),
        pytest.param("--verbose-csv", "verbose_csv", True, id="with more columns"),
        pytest.param("--json a.json", "json_file", "a.json", id="--json is a JSON file"),
        pytest.param("-v", "verbose", True, id="-v is verbose"),
        # Parsing rules
        pytest.param("--measurement-interval=200", "interval_ms", 200, id="a long name with an equals sign"),
        pytest.param("--concurrency 2", "levels", LevelRange(2), id="an unambiguous prefix"),
        pytest.param("--perc=90", "percentile", 90, id="an unambiguous prefix with an equals sign"),
        pytest.param("-p4", "interval_ms", 4, id="a value right behind its letter"),
        pytest.param("-vvp4", "interval_ms", 4, id="bundled letters"),
        pytest.param("-p 2 -p 3", "interval_ms", 3, id="the last of a repeated option wins"),
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
        pytest.param("--shared-memory system", "shared_memory", "system", id="shared memory"),
        pytest.param("--shared-memory none", "shared_memory", None, id="no shared memory"),
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


def test_outputs_in_shared_memory_may_have_no_room():
    transport = parse(["-m", "m", "--shared-memory", "system", "--output-shared-memory-size", "0"]).transport
    assert transport == Transport(shared_memory="system", output_shared_memory_size=0)


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        pytest.param("-b 4", Inputs(batch_size=4), id="-b is the batch size"),
        pytest.param("--shape a:1,28", Inputs(shapes={"a": (1, 28)}), id="--shape is an input and its dimensions"),
        pytest.param("--shape a:b:3", Inputs(shapes={"a:b": (3,)}), id="--shape is split at the last colon"),
        pytest.param("--shape a:1 --shape b:2", Inputs(shapes={"a": (1,), "b": (2,)}), id="--shape may be repeated"),
        pytest.param("--input-data random", Inputs(), id="random numbers"),
        pytest.param("--input-data zero", Inputs(generate="zero"), id="zeros"),
        pytest.param("--input-data zero --input-data random", Inputs(), id="the last word wins"),
        pytest.param("--input-data file", Inputs(files=("file",)), id="a file"),
        pytest.param("--input-data .", Inputs(files=(".",)), id="a directory"),
        pytest.param(
            "--input-data file --input-data .", Inputs(files=("file", ".")), id="--input-data may be repeated"
        ),
        pytest.param("--string-length 5", Inputs(string_length=5), id="the length of strings"),
        pytest.param("--string-data hello", Inputs(string_data="hello"), id="all strings"),
        pytest.param(
            "--request-parameter a:b:string --request-parameter n:-7:int --request-parameter yes:true:bool",
            Inputs(parameters=(("a", "b"), ("n", -7), ("yes", True))),
            id="parameters of three types",
        ),
        pytest.param(
            "--request-parameter a:1:int --request-parameter a:2:int",
            Inputs(parameters=(("a", 2),)),
            id="the last parameter of one name wins",
        ),
    ],
)
@pytest.mark.usefixtures("file")
def test_the_options_of_inputs(line, inputs):
    assert parse(["-m", "m", *line.split()]).inputs == inputs


@pytest.mark.usefixtures("file")
def test_a_file_by_the_name_of_zero_wins_over_the_word():
    Path("zero").touch()
    assert parse(["-m", "m", "--input-data", "zero"]).inputs == Inputs(files=("zero",))


@pytest.mark.parametrize(
    ("line", "inputs", "advice"),
    [
        ("-z", Inputs(generate="zero"), "--input-data"),
        ("--data-directory .", Inputs(files=(".",)), "--input-data"),
        ("-t 1", Inputs(), "--concurrency-range START:END"),
        ("-c 4", Inputs(), "--concurrency-range START:END"),
        ("-d", Inputs(), "--concurrency-range START:END"),
    ],
)
def test_what_is_deprecated_is_done_and_told(line, inputs, advice):
    options = parse(["-m", "m", *line.split()])
    assert options.inputs == inputs
    assert options.notes == (f"{line}: perf_analyzer calls this deprecated, say {advice}",)


@pytest.mark.parametrize("line", ["-a", "--async", "--sync", "--service-kind triton"])
def test_what_perf_analyzer_is_told_of_its_own_ways_changes_nothing_here(line):
    assert parse(["-m", "m", *line.split()]) == parse(["-m", "m"])
    assert parse(["-m", "m", *line.split()]).notes == ()


def test_of_threads_there_is_one_and_the_user_is_told():
    options = parse(["-m", "m", "--max-threads", "16"])
    assert options == parse(["-m", "m"])
    assert options.notes == ("--max-threads 16: one event loop does the work, in one thread, whatever the number",)


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
        ("", "-m is missing: name the model to measure, or see loadgen --help"),
        ("-m", "-m needs a value"),
        ("-m m:0", '-m m:0: give a weight from 1 to 1000 in place of "0"'),
        ("-m m:1001", '-m m:1001: give a weight from 1 to 1000 in place of "1001"'),
        (
            "-m m:x",
            '-m m:x: give a weight from 1 to 1000 in place of "x", or one behind a name that has a colon: m:x:1',
        ),
        (
            "-m m: -m n",
            '-m m:: give a weight from 1 to 1000 in place of "", or one behind a name that has a colon: m::1',
        ),
        ("-m :3", "-m :3: the name of the model is empty"),
        ("-m m:3 -m n -m m", '-m m: "m" is there twice: give it once, with its weight'),
        ("-m m -m n --shape n=x:0", '--shape n=x:0: give a whole number of at least 1 in place of "0"'),
        (
            "-m m -m n --input-data n=none.json",
            "--input-data n=none.json: there is no such file or directory, nor is it random or zero",
        ),
        ("-m m -b 0", "-b 0: give a whole number of at least 1"),
        ("-m m -b 1x", "-b 1x: give a whole number of at least 1"),
        ("-m m -b -1", "-b -1: give a whole number of at least 1"),
        ("-m m -b 1_0", "-b 1_0: give a whole number of at least 1"),
        ("-m m -b 9999999999", "-b 9999999999: give a whole number from 1 to 1000000000"),
        ("-m m -p 0.5", "-p 0.5: give a whole number of at least 1"),
        ("-m m --measurement-int 0", "--measurement-interval 0: give a whole number of at least 1"),
        ("-m m -r 0", "-r 0: give a whole number of at least 1"),
        ("-m m --max-threads 0", "--max-threads 0: give a whole number of at least 1"),
        ("-m m -s -1", "-s -1: give a number of at least 0"),
        ("-m m -s nan", "-s nan: give a number of at least 0"),
        ("-m m -s inf", "-s inf: give a number of at least 0"),
        ("-m m -s ten", "-s ten: give a number of at least 0"),
        ("-m m --percentile 0", "--percentile 0: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --percentile 100", "--percentile 100: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --percentile p95", "--percentile p95: give a whole number from 1 to 99, or -1 for the average"),
        ("-m m --concurrency-range 0:4", "--concurrency-range 0:4: the start must be above 0, not 0"),
        ("-m m --concurrency-range 4:2", "--concurrency-range 4:2: the end must be at least the start (4), not 2"),
        ("-m m --concurrency-range 1:4:0", "--concurrency-range 1:4:0: the step must be above 0, not 0"),
        ("-m m --concurrency-range -1", "--concurrency-range -1: give a whole number of at least 0"),
        (
            "-m m --concurrency-range 1::2",
            '--concurrency-range 1::2: give a whole number of at least 0 in place of ""',
        ),
        ("-m m --concurrency-range 1:2:3:4", "--concurrency-range 1:2:3:4: give START, START:END or START:END:STEP"),
        ("-m m --sequence-length 0", "--sequence-length 0: give a whole number of at least 1"),
        (
            "-m m --sequence-id-range 5:5",
            '--sequence-id-range 5:5: give a whole number of at least 6 in place of "5"',
        ),
        ("-m m --sequence-id-range 1:2:3", "--sequence-id-range 1:2:3: give START or START:END"),
        ("-m m --shape a", "--shape a: give INPUT:D,D,... such as images:3,224,224"),
        ("-m m --shape a:", '--shape a:: give a whole number of at least 1 in place of ""'),
        ("-m m --shape a:1,-1", '--shape a:1,-1: give a whole number of at least 1 in place of "-1"'),
        (
            "-m m --input-data /no/such",
            "--input-data /no/such: there is no such file or directory, nor is it random or zero",
        ),
        ("-m m --string-length 0", "--string-length 0: give a whole number of at least 1"),
        ("-m m --request-count -1", "--request-count -1: give a whole number of at least 0"),
        ("-m m --measurement-mode windows", "--measurement-mode windows: give time_windows or count_windows"),
        (
            "-m m --bls-composing-models a,,b",
            "--bls-composing-models a,,b: give MODEL[:VERSION],... such as tokenizer,encoder:2",
        ),
        (
            "-m m --bls-composing-models a:",
            "--bls-composing-models a:: give MODEL[:VERSION],... such as tokenizer,encoder:2",
        ),
        ("-m m --bls-composing-models a,m:1", "--bls-composing-models m: this is the model itself"),
        (
            "-m m --request-parameter a:b",
            "--request-parameter a:b: give NAME:VALUE:TYPE, where TYPE is string, int or bool",
        ),
        (
            "-m m --request-parameter a:b:text",
            "--request-parameter a:b:text: give NAME:VALUE:TYPE, where TYPE is string, int or bool",
        ),
        ("-m m --request-parameter a:b:int", '--request-parameter a:b:int: give a whole number in place of "b"'),
        ("-m m --request-parameter a:yes:bool", '--request-parameter a:yes:bool: give true or false in place of "yes"'),
        ("-m m -f", "-f needs a value"),
        ("-m m --profile-export-file=", "--profile-export-file: the value is empty"),
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
    "line", ["-u triton", "-u a:70000", "-u ::1:8001", "-u https://a:8001", "-i http -u ftp://a", "-i http -u a:x"]
)
def test_a_url_that_cannot_be_used_is_named(line):
    assert sentence(f"-m m {line}").startswith(f"-u {line.split()[-1]}: ")


@pytest.mark.parametrize(
    ("line", "models"),
    [
        pytest.param("-m m", [("m", 1)], id="one"),
        pytest.param("-m m:3", [("m", 3)], id="one with a weight, which makes no difference"),
        pytest.param("-m org/m:tag:2", [("org/m:tag", 2)], id="a name that has a colon"),
        pytest.param("-m a:3 -m b", [("a", 3), ("b", 1)], id="several, in their order"),
    ],
)
def test_the_models_and_their_weights(line, models):
    options = parse([*line.split(), "-H", "a:b"])

    assert list(options.models) == models
    assert options.target.model == models[0][0]
    weights = {Target("localhost:8001", name, headers=(("a", "b"),)): weight for name, weight in models}
    assert options.mix == (Mix(weights) if len(models) > 1 else None)


def test_one_of_several_models_may_have_data_and_shapes_of_its_own():
    line = "-m a -m b -m c -b 2 --string-length 9 --shape x:1 --shape b=x:5 --shape b=y:6,7 --input-data c=zero"
    options = parse(line.split())
    assert options.mix is not None

    assert options.inputs == Inputs(batch_size=2, string_length=9, shapes={"x": (1,)})
    assert dict(options.mix.inputs) == {
        "b": Inputs(batch_size=2, string_length=9, shapes={"x": (5,), "y": (6, 7)}),
        "c": Inputs(batch_size=2, string_length=9, generate="zero"),
    }


def test_a_file_that_has_an_equals_sign_in_its_name_is_a_file(tmp_path):
    file = tmp_path / "a=b.json"
    file.touch()

    assert parse(["-m", "m", "--input-data", str(file)]).inputs.files == (str(file),)
