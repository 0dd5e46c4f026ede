"""The kernel's clock, on real packets of this machine."""

import socket
import sys
import time

import numpy as np
import pytest

from benchmarks.capture import Capture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no packet sockets")

INPUT_SIZE = 1000


@pytest.fixture
def connection():
    """A connection's two ends, the server's first."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        server, _ = listener.accept()
        with server:
            yield server, client


@pytest.fixture(autouse=True)
def _may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except PermissionError:
        pytest.skip("needs the right to capture packets (CAP_NET_RAW)")


def test_each_request_has_the_instant_at_which_it_came(connection):
    server, client = connection
    sent_ns = []
    with Capture(1000) as capture:
        for inputs in (1, 0, 2):  # by themselves, nothing but a few bytes, and two in one packet
            sent_ns.append(time.time_ns())
            client.sendall(bytes(inputs * INPUT_SIZE + 20))
            server.recv(10_000)
        server.sendall(bytes(INPUT_SIZE))  # a reply is no request
        end_ns = time.time_ns()

    first, *two = capture.requests_ns(server.getsockname()[1], INPUT_SIZE)
    assert sent_ns[0] <= first <= sent_ns[1]
    assert sent_ns[2] <= two[0] == two[1] <= end_ns


def send_many(client: socket.socket, server: socket.socket) -> None:
    with Capture(1):  # a block of them, which is the least
        for _ in range(10_000):
            client.sendall(b"x")
            server.recv(1)


def test_a_ring_that_was_too_small_is_told(connection):
    server, client = connection
    with pytest.raises(BufferError, match="were not captured"):
        send_many(client, server)


def test_another_port_is_another_matter(connection):
    server, client = connection
    with Capture(1000) as capture:
        client.sendall(bytes(INPUT_SIZE))
        server.recv(10_000)

    assert np.size(capture.requests_ns(client.getsockname()[1], INPUT_SIZE)) == 0
