"""What is said when memory cannot be shared."""

import re
from pathlib import Path

import pytest

from loadgen.errors import ConfigError, ServerError
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.triton import shared_memory
from loadgen.triton.control import control_plane
from tests.triton.test_control_plane import Servicer, serving


def region_of(byte_size: int) -> Region:
    model = Model("m", 0, (), (TensorSpec("out", "UINT8", (byte_size,)),))
    return Region(shared_memory.region_name(), model, batch_size=1, output_size=0)


def sentence(kind: type[Exception], region: Region, url: str) -> str:
    target = Target(url, "m")
    with pytest.raises(kind) as caught, control_plane(target) as control, shared_memory.shared(region, target, control):
        pytest.fail("nobody took it")
    assert not Path("/dev/shm", region.name).exists()
    return str(caught.value)


def test_names_are_unlike_each_other():
    assert shared_memory.region_name() != shared_memory.region_name()


def test_a_machine_without_such_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path / "shm")
    said = sentence(ConfigError, region_of(1), "127.0.0.1:1")
    assert said == f"--shared-memory system: this needs Linux, and a folder {tmp_path}/shm"


def test_too_little_memory(free_port):
    said = sentence(ConfigError, region_of(2**60), f"127.0.0.1:{free_port}")
    assert re.fullmatch(r"--shared-memory system: /dev/shm does not take 1152921504606846976 bytes: [A-Z].*", said)


def test_a_server_that_has_no_shared_memory():
    with serving(Servicer()) as url:
        said = sentence(ServerError, region_of(1), url)
    assert said == (
        f"the server at {url} does not take our shared memory: Method not implemented!; "
        "it has to be a Triton on this machine, under the same user or root, and in a container with --ipc=host"
    )
