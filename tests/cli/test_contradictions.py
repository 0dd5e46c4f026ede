"""Options that do not go with each other."""

import pytest

from tests.cli.conftest import sentence


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file by the name of `file`, in the folder where the command is typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--metrics-interval 500", "--metrics-interval 500: this needs --collect-metrics as well"),
        ("--request-period 5", "--request-period 5: this needs --periodic-concurrency-range as well"),
        (
            "--streaming --periodic-concurrency-range 1:4",
            "--periodic-concurrency-range 1:4: this needs --profile-export-file as well",
        ),
        (
            "--periodic-concurrency-range 1:4 --profile-export-file new",
            "--periodic-concurrency-range 1:4: this needs --streaming as well",
        ),
        *(
            (
                f"--periodic-concurrency-range 1:4 --streaming --profile-export-file new {other}",
                f"--periodic-concurrency-range 1:4: this does not go with {other.split()[0]}",
            )
            for other in ("--concurrency-range 4", "--request-rate-range 5", "--request-count 9", "-t 2")
        ),
        ("--metrics-url h:1", "--metrics-url h:1: this needs --collect-metrics as well"),
        (
            "--output-shared-memory-size 9",
            "--output-shared-memory-size 9: this needs --shared-memory as well",
        ),
        (
            "-i http --shared-memory system --input-tensor-format json",
            "--shared-memory system: tensors in shared memory cannot be JSON",
        ),
        (
            "--concurrency-range 1:8 --sequence-id-range 1:8",
            "--sequence-id-range 1:8: there are to be 8 sequences at a time, by --concurrency-range 1:8",
        ),
        (
            "--request-rate-range 5 --sequence-id-range 1:4",
            "--sequence-id-range 1:4: there are to be 4 sequences at a time, by --num-of-sequences",
        ),
        (
            "--num-of-sequences 2",
            "--num-of-sequences 2: this needs an open loop, by --request-rate-range, --request-intervals or --load",
        ),
        ("-m b -x 2", "-x 2: this is about one model, and there are several: m, b"),
        ("-m b --scenario offline", "--scenario offline: this is about one model, and there are several: m, b"),
        (
            "-m b --bls-composing-models c",
            "--bls-composing-models c: this is about one model, and there are several: m, b",
        ),
        ("-m b --shape c=x:5", '--shape c=x:5: "c" is not one of several models, each of which has its -m'),
        ("--input-data m=zero", '--input-data m=zero: "m" is not one of several models, each of which has its -m'),
        ("-m b --sequence-length 5", "--sequence-length 5: this is about one model, and there are several: m, b"),
        ("--streaming -i http", "--streaming: this needs -i grpc, not -i http"),
        ("--seed 7", "--seed 7: this needs random arrivals, by --request-distribution poisson"),
        (
            "--request-distribution poisson",
            "--request-distribution poisson: this needs --request-rate-range or --load as well",
        ),
        (
            "--request-rate-range 5 --concurrency-range 4",
            "--concurrency-range 4: this does not go with --request-rate-range",
        ),
        (
            "--request-rate-range 5:0",
            "--request-rate-range 5:0: this needs -l as well, a latency above 0 that ends the search",
        ),
        ("--request-rate-range 0", "--request-rate-range 0: the start must be above 0, not 0.0"),
        ("--request-rate-range 5:x", '--request-rate-range 5:x: give a number of at least 0 in place of "x"'),
        (
            "--max-in-flight 4",
            "--max-in-flight 4: this needs an open loop, by --request-rate-range, --request-intervals or --load",
        ),
        ("--max-request-rate 0", "--max-request-rate 0: give a number above 0"),
        (
            "--request-rate-range 5 --max-request-rate 9",
            "--max-request-rate 9: this does not go with --request-rate-range",
        ),
        ("--request-intervals file", "--request-intervals file: there is no interval above 0 in this file"),
        ("--concurrency-range 1:4 -t 1", "-t 1: this does not go with --concurrency-range"),
        (
            "--concurrency-range 1:0",
            "--concurrency-range 1:0: this needs -l as well, a latency above 0 that ends the search",
        ),
        (
            "--concurrency-range 1:8 --binary-search -l 0",
            "--concurrency-range 1:8: this needs -l as well, a latency above 0 that ends the search",
        ),
        (
            "--binary-search --concurrency-range 4 -l 5",
            "--concurrency-range 4: --binary-search needs START:END, a range with an end",
        ),
        (
            "--binary-search --concurrency-range 4:0 -l 5",
            "--concurrency-range 4:0: --binary-search needs START:END, a range with an end",
        ),
        (
            "--request-count 7 --concurrency-range 8",
            "--request-count 7: there are to be 8 requests in flight, by --concurrency-range 8",
        ),
        (
            "--request-count 7 --concurrency-range 1:2",
            "--request-count 7: so many requests are sent at one level, not at those of --concurrency-range 1:2",
        ),
        ("-z --data-directory .", "--input-data .: the input data is either zero or from files"),
        ("--sync --async", "--sync: this does not go with --async"),
        ("-a --sync", "--sync: this does not go with -a"),
        ("--streaming --sync", "--sync: this does not go with --streaming"),
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
