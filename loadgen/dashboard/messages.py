"""What the measuring process tells the drawing one, and how it travels over a pipe."""

import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loadgen.measure.results import Event, LevelFinished, LevelStarted, Summary, WindowClosed
from loadgen.measure.search import Search
from loadgen.measure.windows import Window, Windows

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class Heading:
    """What is measured, which does not change: the first message."""

    server: str
    model: str
    protocol: str
    load: str
    search: Search
    windows: Windows
    batch_size: int = 1
    request_count: int | None = None


@dataclass(frozen=True)
class Tick:
    """What is new since the last tick, at `at_ns` of the run's clock.

    `closed` are the windows that ended, each with those of its requests that are new; `open` is the one that goes on,
    from its start until now, None between levels. All failures of a window come each time.
    """

    at_ns: int
    closed: tuple[Window, ...]
    open: Window | None
    in_flight: int


@dataclass(frozen=True)
class Stopping:
    """The user wants the end; the requests in flight are waited for."""


@dataclass(frozen=True)
class TrialEnded:
    """A window of the level is closed; these are its figures."""

    summary: Summary


Message = Heading | Tick | LevelStarted | TrialEnded | LevelFinished | Stopping


def message_of(event: Event) -> Message | None:
    """Return what is told of an event, if anything; the raw records, megabytes of them, went with the ticks."""
    match event:
        case LevelStarted():
            return event
        case WindowClosed():
            return TrialEnded(event.summary)
        case LevelFinished(result):
            return LevelFinished(replace(result, windows=()))
    return None


def packed(message: Message) -> bytes:
    """Return a message as bytes, their length first."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


class Inbox:
    """Puts messages together again from the pieces in which they arrive. The sender must be ourselves: it is pickle."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def receive(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete with `data`."""
        self._bytes += data
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            end = _LENGTH.size + length
            if len(self._bytes) < end:
                return
            body = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield pickle.loads(body)  # noqa: S301 - see above
