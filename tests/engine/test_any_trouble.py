"""Trouble of all kinds at random: whatever has happened, the level is kept as soon as the server behaves again."""

import asyncio
import random
from contextlib import suppress

import pytest
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

import loadgen.engine.lane
import loadgen.engine.reconnection
from loadgen.measure.failures import ErrorLimit
from tests.engine.bad_peers import Http2Talk, goaway, http2, well
from tests.engine.servers import PATIENCE_S, REQUEST, closed_loop, until


def refuse(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)


def reset(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)


def say_nothing(_http: Http2Talk, _stream_id: int) -> None:
    pass


def finish_and_say_goodbye(http: Http2Talk, stream_id: int) -> None:
    http.raw(goaway(2**31 - 1))
    well(http, stream_id)


def say_goodbye(http: Http2Talk, stream_id: int) -> None:
    http.raw(goaway(stream_id - 2))


def leave(http: Http2Talk, stream_id: int) -> None:
    http.send()
    http.talk.hang_up()


def die(http: Http2Talk, stream_id: int) -> None:
    http.talk.reset()


def talk_nonsense(http: Http2Talk, stream_id: int) -> None:
    http.raw(b"\0\0\0\x06\0\0\0\0\0")  # a PING without its eight bytes


def take_fewer(http: Http2Talk, stream_id: int) -> None:
    http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: stream_id % 3})
    well(http, stream_id)


def take_more(http: Http2Talk, stream_id: int) -> None:
    http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 9})
    well(http, stream_id)


TROUBLE = [refuse, reset, say_nothing, finish_and_say_goodbye, say_goodbye, leave, die, talk_nonsense, take_fewer]
TROUBLE += [take_more, well]


@pytest.mark.parametrize("seed", range(8))
def test_any_trouble_passes(run, monkeypatch: pytest.MonkeyPatch, seed: int):
    monkeypatch.setattr(loadgen.engine.reconnection, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(loadgen.engine.reconnection, "LONGEST_DELAY_S", 0.01)
    monkeypatch.setattr(loadgen.engine.lane, "REFUSAL_PAUSE_S", 0.001)
    dice = random.Random(seed)
    replies = dice.sample(TROUBLE, 4)
    talks: set[Http2Talk] = set()

    def reply(http: Http2Talk, stream_id: int) -> None:
        talks.add(http)
        with suppress(ProtocolError):  # h2 does not let us go on after our own goodbye.
            dice.choice(replies)(http, stream_id)

    async def main() -> None:
        connections = dice.choice([1, 2, None])
        async with (
            peer.listening(),
            closed_loop(
                peer.endpoint,
                REQUEST,
                connections=connections,
                error_limit=ErrorLimit(rate=1.0),
                request_timeout_s=0.1,
            ) as loop,
        ):
            for _ in range(5):
                await loop.set_level(dice.randrange(1, 9))
                for _ in range(10):
                    await asyncio.sleep(0.003)
                    assert loop.in_flight <= 8
            replies[:] = [say_nothing]  # the server holds on to what it has
            await loop.set_level(6)
            for http in talks:
                with suppress(ProtocolError):
                    http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 9})
                    http.send()
            await until(lambda: loop.in_flight == 6)
            await loop.drain(PATIENCE_S)  # which the deadline ends
            assert loop.in_flight == 0
            assert loop.error is None

    peer = http2(reply)
    run(main())
