"""Messages larger than a frame and than the windows, exchanged with a real gRPC server."""

import pytest

from tests.engine.servers import PATIENCE_S, EchoServer, client_of, closed_loop, until


@pytest.mark.parametrize("size", [0, 1, 16_379, 70_000, 2**20])
def test_messages_of_any_size_arrive_whole_in_both_directions(run, echo: EchoServer, size: int):
    message = (bytes(range(251)) * (size // 251 + 1))[:size]

    async def main() -> None:
        connection = await client_of(echo.endpoint).connect()
        finished = []
        connection.on_finished = lambda exchanges, _end_ns: finished.extend(exchanges)
        for _ in range(3):
            connection.start(echo.request(message))
        connection.flush()
        await until(lambda: len(finished) == 3)
        connection.close()

        for exchange in finished:
            assert exchange.body[5:] == message
            assert exchange.trailers[b"grpc-status"] == b"0"

    run(main())


def test_large_messages_under_load(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(message=bytes(2**20))) as loop:
            await loop.set_level(4)
            await until(lambda: len(loop.records) >= 40)
            await loop.drain(PATIENCE_S)

            assert len(loop.records) == echo.calls
            assert loop.error is None

    run(main())
