"""A study from Python: many configurations of one model, measured and ranked."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Unpack

from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import ConfigError
from loadgen.load.modes import Concurrency
from loadgen.load.target import Target
from loadgen.measure.search import GivenLevels
from loadgen.profile.options import Options
from loadgen.profile.plan import Plan
from loadgen.study.bench import Bench, bench
from loadgen.study.checks import check
from loadgen.study.files import write_report
from loadgen.study.folder import Place, asked, place
from loadgen.study.measurement import findings
from loadgen.study.measurement import sweep as measured
from loadgen.study.report import Findings
from loadgen.study.runs import Run
from loadgen.study.schedule import Study


def sweep(
    target: Target,
    load: Concurrency | Sequence[Concurrency],
    study: Study,
    *,
    output: Path | str | None = None,
    resume: bool = False,
    **options: Unpack[Options],
) -> Findings:
    """Load a model with one configuration after the other, measure each under all loads, and rank them.

        study = Study((Axis("instance-count", (1, 2, 4)), Axis("max-queue-delay", (0, 100))))
        found = loadgen.sweep(target, [Concurrency(n) for n in (1, 4, 8)], study)
        print(found)

    The server has to be a Triton with `--model-control-mode=explicit`. However this ends, the model has its original
    configuration again. One that the server refuses, or under which requests fail, is a run that failed. Into the
    folder `output`, if there is one, go the report and a journal, from which a study that was interrupted goes on with
    `resume`.

    Each level is measured as `run` does it, with the same options and Ctrl-C. Raises ConfigError for a study that
    cannot be measured, and for a `request_count`, and ServerError.
    """
    loads = _by_number(load)
    levels = GivenLevels(tuple(loads))
    plan = Plan(target, levels, load_at=loads.__getitem__, **options)
    if plan.request_count is not None:
        raise ConfigError(f"request_count={plan.request_count}: a sweep measures in windows, leave it out")
    check(study, plan.windows.percentile)
    wanted = asked(study, list(_in_words(loads, options)))
    kept = Place(wanted) if output is None else place(wanted, Path(output), resume=resume)
    with bench(study, plan, levels, kept) as where:
        runs = {run.number: run for run in where.record.runs}
        try:
            run_in_event_loop(_measure(study, where, runs))
        finally:
            found = findings(study, where, tuple(runs.values()))
            if kept.folder is not None and runs:
                write_report(found, kept.folder, "en")
    return found


async def _measure(study: Study, where: Bench, runs: dict[int, Run]) -> None:
    """Measure what the runs lack, and put it there."""
    async with aclosing(measured(study, where, asyncio.Event())) as events:
        async for event in events:
            runs[event.run.number] = event.run


def _by_number(load: Concurrency | Sequence[Concurrency]) -> dict[int, Concurrency]:
    loads = load if isinstance(load, Sequence) else [load]
    for one in loads:
        if not isinstance(one, Concurrency):
            raise ConfigError(f"{one}: a sweep keeps requests in flight, give Concurrency")
    return {one.in_flight: one for one in loads}


def _in_words(loads: Mapping[int, Concurrency], options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield "load", ", ".join(map(str, loads.values()))
    yield from ((name, repr(value)) for name, value in options.items() if not callable(value))
