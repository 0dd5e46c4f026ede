"""Servers that misbehave: each gets one true sentence, and nothing hangs."""

import asyncio
import socket
import struct

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame

import loadgen.engine.connection
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connection import connect
from loadgen.errors import InferenceError, LoadgenError, ServerError
from loadgen.load.target import Target
from loadgen.wire.grpc import unary_request
from tests.engine.servers import HELLO, RESPONSE_HEADERS, Script, answer, closed_loop, listening, speaking_h2, until

REQUEST = unary_request("localhost", "/echo.Echo/Say", b"hello")


async def connecting_to(serve) -> str:
    """Return the sentence by which a connection fails, without the address in front of it."""
    async with listening(serve) as target:
        with pytest.raises(ServerError) as raised:
            await connect(target)
        assert str(raised.value).startswith(f"{target.url}: ")
        return str(raised.value).removeprefix(f"{target.url}: ")


async def load_on(script: Script, *, level: int = 3) -> tuple[LoadgenError, int]:
    """Return the error by which a load ends, and the number of calls that were recorded before."""
    async with listening(speaking_h2(script)) as target, closed_loop(target, REQUEST) as loop:
        loop.set_level(level)
        await loop.failed.wait()
        await loop.drain()
        return loop.error, len(loop.records)


async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    pass


async def hang_up_on_a_greeting(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(24)


async def speak_http_1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("serve", "sentence"),
    [
        pytest.param(hang_up, "the server closed the connection", id="hangs up at once"),
        pytest.param(hang_up_on_a_greeting, "the server closed the connection", id="hangs up on our greeting"),
        pytest.param(speak_http_1, "the server does not speak HTTP/2", id="speaks HTTP/1.1"),
    ],
)
def test_a_server_that_cannot_be_used(run, serve, sentence: str):
    async def main() -> None:
        assert (await connecting_to(serve)).startswith(sentence)

    run(main())


def test_a_server_that_says_nothing(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.connection, "CONNECT_TIMEOUT_S", 0.1)

    async def main() -> None:
        assert await connecting_to(say_nothing) == "no answer within 0.1 s"

    run(main())


def test_nobody_is_listening(run):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def main() -> None:
            with pytest.raises(ServerError, match=f"127.0.0.1:{port}: cannot connect: .*[Rr]efused"):
                await connect(Target(f"127.0.0.1:{port}", model="any"))

        run(main())


def test_a_cancelled_attempt_leaves_no_connection_behind(run):
    async def main() -> None:
        accepted, ended = asyncio.Event(), asyncio.Event()

        async def wait_for_the_end(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            accepted.set()
            await reader.read()
            ended.set()

        async with listening(wait_for_the_end) as target:
            attempt = asyncio.create_task(connect(target))
            await accepted.wait()
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await ended.wait()

    run(main())


def test_a_server_that_leaves_in_the_middle_of_a_reply(run):
    def script(server, stream_id, writer) -> None:
        if stream_id < 21:
            answer(server, stream_id, writer)
        else:
            server.send_headers(stream_id, RESPONSE_HEADERS)
            server.send_data(stream_id, HELLO[:7])
            writer.write(server.data_to_send())
            writer.close()

    async def main() -> None:
        error, recorded = await load_on(script, level=1)
        assert isinstance(error, ServerError)
        assert "the server closed the connection" in str(error)
        assert recorded == 10, "the calls that ended before are kept"

    run(main())


def test_a_server_that_dies(run):
    # What the kernel does for a process that was killed with bytes unread: a reset instead of an end.
    def script(server, stream_id, writer) -> None:
        linger_no_time = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        writer.transport.abort()

    async def main() -> None:
        error, _ = await load_on(script)
        assert isinstance(error, ServerError)
        assert "the server closed the connection: Connection reset by peer" in str(error)

    run(main())


def test_a_server_that_resets_a_stream(run):
    def script(server, stream_id, writer) -> None:
        if stream_id == 41:
            server.reset_stream(stream_id, ErrorCodes.ENHANCE_YOUR_CALM)
        else:
            answer(server, stream_id, writer)

    async def main() -> None:
        error, recorded = await load_on(script)
        assert isinstance(error, InferenceError)
        assert str(error) == "[RESOURCE_EXHAUSTED] the server reset the stream with ENHANCE_YOUR_CALM"
        assert recorded >= 20

    run(main())


def test_a_server_that_goes_away_finishes_what_it_has(run):
    def script(server, stream_id, writer) -> None:
        if stream_id == 31:  # the answers of the other two are still to come
            writer.write(server.data_to_send() + goaway(35))
        answer(server, stream_id, writer)

    async def main() -> None:
        error, recorded = await load_on(script)
        assert isinstance(error, ServerError)
        assert str(error) == "the server is closing the connection"
        assert recorded == 18, "streams 1, 3, 5 ... 35"

    run(main())


def test_a_server_that_goes_away_and_refuses_what_it_has(run):
    def script(server, stream_id, writer) -> None:
        server.close_connection(ErrorCodes.NO_ERROR, last_stream_id=0)

    async def main() -> None:
        error, recorded = await load_on(script)
        assert isinstance(error, InferenceError)
        assert str(error) == "[UNAVAILABLE] the server is closing the connection (NO_ERROR)"
        assert recorded == 0

    run(main())


def test_a_server_that_goes_away_between_two_levels(run):
    async def main() -> None:
        writers = []

        def script(server, stream_id, writer) -> None:
            answer(server, stream_id, writer)
            writers.append(writer)

        async with listening(speaking_h2(script)) as target:
            connection = await connect(target)
            loop = ClosedLoop([connection], [REQUEST])
            await load_and_drain(loop)
            writers[0].write(goaway(2**31 - 1))
            await until(lambda: connection.wire.is_going_away)

            with pytest.raises(ServerError, match="the server is closing the connection"):
                loop.set_level(2)
            connection.close()

    run(main())


def test_a_server_that_leaves_between_two_levels(run):
    async def main() -> None:
        writers = []

        def script(server, stream_id, writer) -> None:
            answer(server, stream_id, writer)
            writers.append(writer)

        async with listening(speaking_h2(script)) as target, closed_loop(target, REQUEST) as loop:
            await load_and_drain(loop)
            writers[0].close()
            await loop.failed.wait()

            with pytest.raises(ServerError, match="the server closed the connection"):
                loop.set_level(2)
            await loop.drain()

    run(main())


def test_a_server_that_leaves_while_it_is_waited_for(run):
    async def main() -> None:
        asked = asyncio.Queue()

        def keep_waiting(server, stream_id, writer) -> None:
            asked.put_nowait(writer)

        async with listening(speaking_h2(keep_waiting)) as target, closed_loop(target, REQUEST) as loop:
            loop.set_level(1)
            writer = await asked.get()
            drain = asyncio.create_task(loop.drain())
            await asyncio.sleep(0)
            assert not drain.done()
            writer.close()

            await drain

            assert "the server closed the connection" in str(loop.error)
            assert loop.in_flight == 0

    run(main())


async def load_and_drain(loop: ClosedLoop) -> None:
    loop.set_level(1)
    await until(lambda: len(loop.records) >= 3)
    await loop.drain()


def goaway(last_stream_id: int) -> bytes:
    return GoAwayFrame(last_stream_id=last_stream_id).serialize()


def test_a_server_that_takes_fewer_than_before(run):
    def script(server, stream_id, writer) -> None:
        if stream_id == 31:
            server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        answer(server, stream_id, writer)

    async def main() -> None:
        error, recorded = await load_on(script)
        assert isinstance(error, ServerError)
        assert str(error) == "the server takes at most 1 at a time on a connection, 3 are asked for"
        assert recorded >= 16

    run(main())


def test_a_server_that_breaks_the_protocol_is_told_so(run):
    async def main() -> None:
        said: list[object] = []

        def script(server, stream_id, writer) -> None:
            writer.write(b"\0\0\0\x06\0\0\0\0\0")  # a PING without its eight bytes

        async with listening(speaking_h2(script, said=said)) as target, closed_loop(target, REQUEST) as loop:
            loop.set_level(2)
            await loop.failed.wait()
            assert isinstance(loop.error, ServerError)
            assert str(loop.error) == f"{target.url}: the server sent a malformed PING frame"
            await until(lambda: any(isinstance(event, ConnectionTerminated) for event in said))

        (goaway,) = (event for event in said if isinstance(event, ConnectionTerminated))
        assert goaway.error_code == ErrorCodes.FRAME_SIZE_ERROR

    run(main())


def test_closing_says_goodbye_and_is_no_error(run):
    async def main() -> None:
        said: list[object] = []
        async with listening(speaking_h2(answer, said=said)) as target:
            connection = await connect(target)
            lost: list[ServerError] = []
            connection.on_lost = lost.append
            connection.close()
            connection.close()
            await until(lambda: any(isinstance(event, ConnectionTerminated) for event in said))

        (goodbye,) = (event for event in said if isinstance(event, ConnectionTerminated))
        assert goodbye.error_code == ErrorCodes.NO_ERROR
        assert lost == []

    run(main())
