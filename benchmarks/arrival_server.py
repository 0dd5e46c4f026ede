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

from benchmarks.null_server import Answer, NullModel, null_server, serve


class WatchedModel(NullModel):
    """A null model that keeps the instant of each inference."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals_ns = array("q")

    def answer_to(self, path: bytes) -> Answer:
        """Return the answer, after a look at the clock."""
        if path == self.infer_path:
            self.arrivals_ns.append(perf_counter_ns())
        return super().answer_to(path)


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
