"""Ports on which something is wrong."""

import socket
import threading

import pytest


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def listener():
    """A TCP server: its `host:port`, and a function that makes it greet every client with some bytes."""
    greeting = []
    server = socket.create_server(("127.0.0.1", 0))
    clients = []

    def accept():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            clients.append(client)
            for text in greeting:
                client.sendall(text)

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}", greeting.append
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    for client in clients:
        client.close()
