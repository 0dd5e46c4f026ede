"""Every error that loadgen raises on purpose. Any other exception is a bug of ours.

    LoadgenError                 exit code 99
    ├── ConfigError              an option or a value that cannot be used; the sentence names both
    ├── ServerError              the server cannot be reached, or refuses what we ask (metadata, load, start-up)
    ├── InferenceError           a request of the load failed, which ends the run
    ├── EmptyWindowError         no request ended in one of the last windows (exit code 3)
    └── ProtocolError
        ├── LocalProtocolError   we asked a connection for something that it cannot do now
        └── RemoteProtocolError  the peer broke HTTP/2, gRPC or HTTP/1.1

The exit codes are those of section 0 of perf_analyzer's behaviour. The text of each error is one sentence for the user.
"""

from typing import Any, ClassVar


class LoadgenError(Exception):
    """The root: `except LoadgenError` catches everything that loadgen raises on purpose.

    `report` is the Report of what was measured before, if it ended a run of the library.
    """

    exit_code: ClassVar[int] = 99
    report: Any = None


class ConfigError(LoadgenError):
    """An option or a value that cannot be used; the sentence names both."""


class ServerError(LoadgenError):
    """The server cannot be reached, or it refuses what is asked of it outside the load itself."""


class InferenceError(LoadgenError):
    """A request of the load failed."""


class EmptyWindowError(LoadgenError):
    """A measurement window ended without a completed request."""

    exit_code = 3


class ProtocolError(LoadgenError):
    """A rule of HTTP/2, gRPC or HTTP/1.1 was broken."""


class LocalProtocolError(ProtocolError):
    """We asked a connection for something that it cannot do in its state."""


class RemoteProtocolError(ProtocolError):
    """The peer broke a rule; the connection is of no further use.

    `code` is what HTTP/2 calls it on the wire (RFC 9113 section 7); 1 is PROTOCOL_ERROR. `finished` are the exchanges
    that ended by bytes which came before the broken rule.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.finished: list[Any] = []
