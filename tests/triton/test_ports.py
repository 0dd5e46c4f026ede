"""Free ports differ, and one that cannot be had is named with its option."""

import socket
from dataclasses import astuple

import pytest

from loadgen.errors import ConfigError
from loadgen.triton.ports import Ports, reserve


def test_zero_becomes_a_free_port_and_all_three_differ():
    ports = astuple(reserve(Ports()))

    assert 0 not in ports
    assert len(set(ports)) == 3


def test_a_port_asked_for_is_kept_and_free_again_afterwards():
    wanted = reserve(Ports()).grpc

    assert reserve(Ports(grpc=wanted)).grpc == wanted
    assert reserve(Ports(grpc=wanted)).grpc == wanted


def test_one_port_for_two_endpoints_is_in_use():
    port = reserve(Ports()).grpc

    with pytest.raises(ConfigError, match=f"^--metrics-port {port}: the port is in use"):
        reserve(Ports(grpc=port, metrics=port))


def test_a_port_that_another_program_listens_on_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigError, match=f"^--grpc-port {port}: the port is in use on 127.0.0.1"):
            reserve(Ports(grpc=port))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused(port):
    with pytest.raises(ConfigError, match=f"^--http-port {port}: a port lies between 0 .* and 65535"):
        Ports(http=port)
