"""The options of perf_analyzer that are refused by name, never ignored."""

import pytest

from loadgen.cli import refused
from loadgen.cli.main import main
from loadgen.cli.table import OPTIONS
from tests.cli.conftest import sentence


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param("--enable-mpi", "--enable-mpi", id="a switch"),
        pytest.param("--enable", "--enable-mpi", id="an abbreviation"),
        pytest.param("--enable-mpi=true", "--enable-mpi", id="a switch with a value"),
        pytest.param("--endpoint v1", "--endpoint", id="an option with a value"),
        pytest.param("--endpoint=v1", "--endpoint", id="an option with a value after an equals sign"),
        pytest.param("--endp=v1", "--endpoint", id="an abbreviation with a value"),
        pytest.param("--endpoint", "--endpoint", id="an option without its value"),
    ],
)
def test_a_refused_option_is_named_however_it_is_typed(line, name):
    assert sentence(f"-m m {line}").startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("--service-kind triton_c_api", "loadgen loads no server into its own process; start one with loadgen serve"),
        ("--service-kind tfserving", "loadgen speaks KServe v2, not the protocol of TensorFlow Serving"),
        ("--service-kind torchserve", "loadgen speaks KServe v2, not the protocol of TorchServe"),
        ("--service-kind openai", "loadgen speaks KServe v2, not the OpenAI API"),
        ("--service-kind dynamic_grpc", "loadgen calls the methods of KServe v2, and no other ones"),
        ("--service-kind Triton", "give triton"),
        ("--shared-memory cuda", "loadgen holds no memory of a GPU; system shares that of the machine"),
        ("--shared-memory all", "give none or system"),
        ("--enable-mpi", "loadgen takes no part in MPI; run one loadgen for each model, at the same time"),
    ],
)
def test_what_is_not_served_is_refused_with_the_reason(line, reason):
    assert sentence(f"-m m {line}").startswith(f"{line}: {reason}")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("--endpoint v1/chat/completions", "openai"),
        ("--session-concurrency 4", "openai"),
        ("--model-signature-name serving_default", "tfserving"),
        ("--grpc-method package.Service/Method", "dynamic_grpc"),
        ("--triton-server-directory /opt/tritonserver", "triton_c_api"),
        ("--model-repository models", "triton_c_api"),
    ],
)
def test_an_option_of_another_kind_of_server_is_refused_with_the_kind(line, kind):
    name, _ = line.split()
    assert sentence(f"-m m {line}").startswith(f"{name}: this belongs to --service-kind {kind}, and loadgen ")


def test_every_refused_option_is_refused_and_none_of_ours_is_among_them():
    names = [f"--{name}" for name in refused.LONG]
    for name in names:
        without_dashes = name.removesuffix("=")
        assert sentence(f"-m m {name}1" if name.endswith("=") else f"-m m {name}").startswith(without_dashes), name
    assert not set(OPTIONS) & {name.removesuffix("=") for name in names}


def test_a_refusal_is_one_sentence_and_exit_code_99(capsys):
    assert main(["-m", "m", "--enable-mpi"]) == 99
    refusal = "loadgen: --enable-mpi: loadgen takes no part in MPI; run one loadgen for each model, at the same time\n"
    assert capsys.readouterr() == ("", refusal)
