"""The null server as if it were on another machine: `with awake_server() as url`.

It has a core for itself and never sleeps, so that it takes what comes at once. A server that sleeps may be woken on the
core of the client that sends to it, which it interrupts; random requests are then no longer sent when they are due.
"""

import asyncio
import gc
import os
from contextlib import AbstractContextManager

import uvloop

from benchmarks.null_server import Answer, NullModel, answer, null_server, serve

_ID = 0x1A  # the field `id`, of a ModelInferRequest as of a ModelInferResponse: number 3, a string
_PREFIX = 5  # of a gRPC message


class EchoingModel(NullModel):
    """A null model that answers with the id of the request, which perf_analyzer looks for."""

    def answer_to(self, path: bytes, data: bytes, start: int) -> Answer:
        """Return the answer, with the id in it if there is one."""
        found = super().answer_to(path, data, start)
        if path != self.infer_path:
            return found
        id_field = _id_field(data, start + _PREFIX)
        return answer(self.reply + id_field) if id_field else found


def _id_field(message: bytes, position: int) -> bytes:
    """Return the field of the id in a request, which stands behind those of model and version, or nothing."""
    while message[position] < _ID:
        position += 2 + message[position + 1]
    return message[position : position + 2 + message[position + 1]] if message[position] == _ID else b""


def awake_server() -> AbstractContextManager[str]:
    """Run the server in a process of its own; yield its `host:port`."""
    return null_server("benchmarks.awake_server")


async def _serve() -> None:
    loop = asyncio.get_running_loop()

    def stay_awake() -> None:
        loop.call_soon(stay_awake)

    stay_awake()
    await serve(EchoingModel())


if __name__ == "__main__":
    gc.disable()  # It makes no reference cycles, and must not pause.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    uvloop.run(_serve())
