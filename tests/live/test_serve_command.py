"""`loadgen serve` as a user runs it: one line when ready, a clean end by signal, one sentence for what is wrong."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tritonclient.grpc import InferenceServerClient

from loadgen.cli import serve
from loadgen.errors import ConfigError
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

LOADGEN = [sys.executable, "-c", "from loadgen.cli.main import entry; entry()"]
FREE_PORTS = ["--grpc-port=0", "--http-port=0", "--metrics-port=0"]
READY = re.compile(
    r"Triton is ready: gRPC (?P<grpc>127\.0\.0\.1:\d+), HTTP 127\.0\.0\.1:\d+, "
    r"metrics http://127\.0\.0\.1:\d+/metrics: (?P<models>.*)\n"
)


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [*LOADGEN, "serve", str(MODEL_REPOSITORY), *FREE_PORTS, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "ctrl-c"])
def test_it_says_one_line_serves_and_ends_with_0_on(number):
    with serving("--explicit", "--", "--load-model=mnist-onnx") as process:
        ready = READY.fullmatch(process.stdout.readline())
        assert ready["models"] == "mnist-onnx"
        with InferenceServerClient(ready["grpc"]) as client:
            assert client.is_model_ready("mnist-onnx")

        process.send_signal(number)
        rest = process.communicate()

    assert (process.returncode, rest) == (0, ("", ""))


def test_the_log_goes_to_standard_error_when_asked_for_and_a_start_can_be_interrupted():
    with serving("--", "--log-verbose=1") as process:
        assert process.stderr.readline() != ""
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()

    assert (process.returncode, output) == (0, "")


def test_what_is_wrong_is_one_sentence_on_standard_error_with_exit_code_99():
    done = subprocess.run([*LOADGEN, "serve", "/no/such/folder"], capture_output=True, text=True, check=False)

    assert done.returncode == 99
    assert done.stderr == "loadgen: model repository /no/such/folder: there is no such folder\n"
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--grpc-port", "many"], "argument --grpc-port: invalid int value: 'many'"),
        (["--shape"], "unrecognized arguments: --shape"),
        (["models", "more"], "unrecognized arguments: more"),
        (["--grpc-port", "65536"], "--grpc-port 65536: a port lies between 0"),
    ],
    ids=["a port that is no number", "an unknown option", "two folders", "a port that is too high"],
)
def test_wrong_arguments_are_named(arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"^{re.escape(sentence)}"):
        serve.main(arguments)


def test_the_help_names_every_option_and_its_default(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        serve.main(["--help"])

    text = " ".join(capsys.readouterr().out.split())
    for part in (
        "MODEL_REPOSITORY",
        "--explicit",
        "--response-cache-mib N",
        "MiB",
        "8500",
        "8501",
        "8502",
        "-- --log-",
    ):
        assert part in text
