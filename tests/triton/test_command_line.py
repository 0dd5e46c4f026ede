"""The same options as a command line for the embedded server and for NVIDIA's container."""

from dataclasses import replace
from pathlib import Path

import pytest

from loadgen.errors import ConfigError
from loadgen.triton import command_line
from loadgen.triton.command_line import ServerOptions
from loadgen.triton.ports import Ports
from loadgen.triton.wheel import Wheel

WHEEL = Wheel(
    server=Path("/wheel/tritonserver"),
    python_backend=Path("/wheel/python"),
    stub=Path("/wheel/stub"),
    caches=Path("/wheel/caches"),
    library_path=(Path("/python/lib"), Path("/wheel/libs")),
)


@pytest.fixture
def options(tmp_path: Path) -> ServerOptions:
    return ServerOptions(tmp_path, Ports(8500, 8501, 8502), explicit=False, response_cache_mib=0, extra_args=())


def test_the_container_serves_the_same_folder_on_the_same_ports(options, tmp_path):
    options = replace(options, explicit=True, response_cache_mib=2, extra_args=("--log-verbose=1",))

    assert command_line.in_container(options) == (
        "docker run --rm -p 127.0.0.1:8500:8001 -p 127.0.0.1:8501:8000 -p 127.0.0.1:8502:8002 "
        f"-v {tmp_path}:/models nvcr.io/nvidia/tritonserver:24.10-py3 tritonserver --model-repository=/models "
        "--model-control-mode=explicit --cache-config=local,size=2097152 --log-verbose=1"
    )


def test_the_embedded_server_listens_on_this_machine_alone(options):
    command = command_line.embedded(options, options.ports, WHEEL, Path("/tmp/workspace"))

    assert command[0] == "/wheel/tritonserver"
    assert {"--grpc-address=127.0.0.1", "--http-address=127.0.0.1"} < set(command)
    assert {"--grpc-port=8500", "--http-port=8501", "--metrics-port=8502"} < set(command)


def test_what_the_user_adds_comes_last_and_so_prevails(options):
    command = command_line.embedded(
        replace(options, extra_args=("--http-address=0.0.0.0",)), options.ports, WHEEL, Path("/tmp/workspace")
    )

    assert command[-1] == "--http-address=0.0.0.0"


def test_the_paths_of_the_wheel_come_before_those_of_the_user():
    environment = command_line.environment(WHEEL, {"LD_LIBRARY_PATH": "/mine", "HOME": "/home/me"})

    assert environment["LD_LIBRARY_PATH"] == "/python/lib:/wheel/libs:/mine"
    assert environment["HOME"] == "/home/me"
    # An empty entry would be the working directory.
    assert command_line.environment(WHEEL, {})["LD_LIBRARY_PATH"] == "/python/lib:/wheel/libs"


@pytest.mark.parametrize("argument", ["--http-port=1", "--model-repository=/x", "--allow-metrics"])
def test_an_option_that_is_ours_is_refused(options, argument):
    with pytest.raises(ConfigError, match=f"^{argument}: loadgen sets this option of tritonserver itself"):
        replace(options, extra_args=(argument,))


def test_a_negative_cache_is_refused(options):
    with pytest.raises(ConfigError, match=r"^--response-cache-mib -1: must be at least 0"):
        replace(options, response_cache_mib=-1)
