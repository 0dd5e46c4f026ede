"""Where the embedded Triton cannot run, one sentence says why and what to do instead."""

import platform
import sys
from importlib import metadata

import pytest

from loadgen.errors import ServerError
from loadgen.triton import wheel
from loadgen.triton.server import TritonServer
from loadgen.triton.wheel import locate_wheel

on_linux = pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="needs the wheel")


def absent(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    find_spec = wheel.find_spec
    monkeypatch.setattr(wheel, "find_spec", lambda name: None if name == package else find_spec(name))


@on_linux
def test_all_parts_are_found():
    parts = locate_wheel()

    for path in (parts.server, parts.python_backend, parts.stub, parts.caches, *parts.library_path):
        assert path.exists()


@on_linux
def test_without_the_wheel_the_user_learns_how_to_install_it_and_the_command_for_the_container(monkeypatch, tmp_path):
    absent(monkeypatch, "pytriton")

    with (
        pytest.raises(ServerError) as raised,
        TritonServer(tmp_path, grpc_port=8500, http_port=8501, metrics_port=8502),
    ):
        pytest.fail("started without a server")

    assert str(raised.value) == (
        "the embedded Triton is not installed: pip install 'loadgen[server]'; or run NVIDIA's container: "
        "docker run --rm -p 127.0.0.1:8500:8001 -p 127.0.0.1:8501:8000 -p 127.0.0.1:8502:8002 "
        f"-v {tmp_path}:/models nvcr.io/nvidia/tritonserver:24.10-py3 tritonserver --model-repository=/models"
    )


@pytest.mark.parametrize(("system", "machine"), [("linux", "aarch64"), ("darwin", "x86_64"), ("win32", "AMD64")])
def test_on_another_platform_nothing_is_to_be_installed(monkeypatch, system, machine):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)

    with pytest.raises(
        ServerError, match=f"^the embedded Triton exists for Linux x86-64 only, and this is {system} {machine}$"
    ):
        locate_wheel()


@on_linux
def test_a_missing_onnxruntime_is_named(monkeypatch):
    absent(monkeypatch, "onnxruntime")

    with pytest.raises(ServerError, match=r"^onnxruntime is not installed: pip install 'loadgen\[server\]'$"):
        locate_wheel()


@on_linux
def test_numpy_2_is_refused_because_answers_would_be_wrong(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: {"numpy": "2.1.3"}[name])

    with pytest.raises(ServerError, match=r"answers with wrong tensors where numpy is 2\.1\.3: pip install 'numpy<2'$"):
        locate_wheel()


@on_linux
def test_a_python_that_the_wheel_has_no_stub_for_is_named(monkeypatch):
    monkeypatch.setattr(wheel, "_PYTHON", "3.99")

    with pytest.raises(ServerError, match=r"no Python backend for Python 3\.99: use Python 3\.11 or 3\.12$"):
        locate_wheel()


@on_linux
def test_a_python_without_its_shared_library_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setattr(wheel.sysconfig, "get_config_var", lambda _name: str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    monkeypatch.setattr(wheel, "find_library", lambda _name: None)

    with pytest.raises(
        ServerError, match=r"needs libpython3\.\d+\.so\.1\.0, which this Python lacks: install libpython3\."
    ):
        locate_wheel()
