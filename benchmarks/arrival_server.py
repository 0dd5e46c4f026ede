"""The null server with a clock: when each inference arrived tells how well a client keeps its plan.

`with arrival_server() as (url, arrivals_ns)`; after the block the list holds the instants.
"""

import gc
import sys
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns

import uvloop

from benchmarks.null_server import Answer, NullModel, answer, null_server, serve

_ID = 0x1A  # the field `id`, of a ModelInferRequest as of a ModelInferResponse: number 3, a string
_PREFIX = 5  # of a gRPC message


class WatchedModel(NullModel):
    """A null model that keeps the instant of each inference, and answers with its id, which perf_analyzer looks for."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals_ns = array("q")

    def answer_to(self, path: bytes, data: bytes, start: int) -> Answer:
        """Return the answer, after a look at the clock."""
        found = super().answer_to(path, data, start)
        if path != self.infer_path:
            return found
        self.arrivals_ns.append(perf_counter_ns())
        id_field = _id_field(data, start + _PREFIX)
        return answer(self.reply + id_field) if id_field else found


def _id_field(message: bytes, position: int) -> bytes:
    """Return the field of the id in a request, which stands behind those of model and version, or nothing."""
    while message[position] < _ID:
        position += 2 + message[position + 1]
    return message[position : position + 2 + message[position + 1]] if message[position] == _ID else b""


@contextmanager
def arrival_server() -> Iterator[tuple[str, list[int]]]:
    """Run the server in a process of its own; yield its `host:port`, and a list that is filled when it has ended."""
    arrivals_ns: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrivals"
        with null_server("benchmarks.arrival_server", str(file)) as url:
            yield url, arrivals_ns
        arrivals_ns += array("q", file.read_bytes())


if __name__ == "__main__":
    gc.disable()  # It makes no reference cycles, and must not pause.
    model = WatchedModel()
    uvloop.run(serve(model))
    Path(sys.argv[1]).write_bytes(model.arrivals_ns.tobytes())
