"""Draw the picture of the README from a real run: `python scripts/draw_dashboard.py`, some 20 seconds.

A Triton serves the MNIST model, and is measured at concurrency 1 to 8 as `loadgen` does; what its dashboard shows near
the end goes into docs/dashboard.svg.
"""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from time import perf_counter_ns

from rich.console import Console

import loadgen
from loadgen import Target, Windows
from loadgen.dashboard.frame import Frame
from loadgen.dashboard.look import Look
from loadgen.dashboard.messages import Heading, message_of
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.story import Story
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.measure.results import WindowClosed
from loadgen.measure.search import LinearSearch
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan
from loadgen.profile.progress import Progress

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "dashboard.svg"
COLUMNS, LINES = 110, 36
LEVELS = LinearSearch(1, 8)
LAST_LEVEL = 6
WINDOWS = Windows(length_s=0.8)


def main() -> int:
    """Measure, and write the picture."""
    with loadgen.serve(ROOT / "model_repository") as server:
        snapshot = run_in_event_loop(_near_the_end(Plan(Target(server.grpc_url, "mnist-onnx"), LEVELS, WINDOWS)))
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(width=COLUMNS, height=LINES, record=True, file=nowhere)
        console.print(Frame(snapshot), end="")
    PICTURE.parent.mkdir(exist_ok=True)
    console.save_svg(str(PICTURE), title="loadgen -m mnist-onnx --concurrency-range 1:8")
    return 0


async def _near_the_end(plan: Plan) -> Snapshot:
    """Return what is to be seen in the midst of a late level."""
    heading = Heading("localhost:8001", plan.target.model, "gRPC", "concurrency 1 to 8", plan.search, plan.windows)
    story, progress = Story(heading), Progress()
    look, stop = Look(progress), asyncio.Event()
    async with aclosing(profile(plan, stop, progress=progress)) as events:
        async for event in events:
            story.add(look.tick(perf_counter_ns()))
            if message := message_of(event):
                story.add(message)
            if isinstance(event, WindowClosed) and event.load.value == LAST_LEVEL and event.index == 2:
                await asyncio.sleep(WINDOWS.length_s / 2)
                story.add(look.tick(perf_counter_ns()))
                break
    return story.snapshot()


if __name__ == "__main__":
    sys.exit(main())
