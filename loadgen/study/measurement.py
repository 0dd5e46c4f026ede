"""The study itself: each configuration is loaded, warmed up and measured, and the original one comes back."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from loadgen.errors import EmptyWindowError, InferenceError, ServerError
from loadgen.measure.results import LevelFinished, LevelResult
from loadgen.measure.search import GivenLevels
from loadgen.profile.measurement import profile
from loadgen.study.axes import configured
from loadgen.study.bench import Bench
from loadgen.study.report import Findings
from loadgen.study.runs import Run
from loadgen.study.schedule import Schedule, Study, schedule
from loadgen.triton.questions import RefusedError


@dataclass(frozen=True)
class RunStarted:
    """A configuration is about to be loaded; a resumed run has levels already."""

    run: Run


@dataclass(frozen=True)
class LevelMeasured:
    """Another level of a run is measured: the last one of `run.levels`."""

    run: Run


@dataclass(frozen=True)
class RunFinished:
    """A run is complete, or could not be measured: `run.failed` says why."""

    run: Run


Event = RunStarted | LevelMeasured | RunFinished


async def sweep(study: Study, bench: Bench, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
    """Measure what the study asks for beyond the runs that the bench knows, and yield what happens as it happens.

    A configuration that the server refuses, or under which requests fail, is a run that failed, and the study goes on.
    When `stop` is set it ends after the requests in flight. However it ends, the model is loaded with its original
    configuration again; whether that is possible is tried first. Raises ServerError when it is not, and when the server
    is gone.
    """
    order = schedule(study)
    run = _first_run(order, bench.record.runs, bench.levels)
    if run is None:
        return
    await asyncio.to_thread(_load_original, bench)
    try:
        while run is not None and not stop.is_set():
            async with aclosing(_measure(run, bench, stop)) as events:
                async for event in events:
                    run = event.run
                    yield event
            run = None if stop.is_set() else _run_after(order, run)
    finally:
        await asyncio.to_thread(_restore, bench)


def _load_original(bench: Bench) -> None:
    try:
        bench.control.load(bench.original)
    except RefusedError as error:
        raise ServerError(f"the server does not take the configuration that it gave us: {error}") from error


def _restore(bench: Bench) -> None:
    try:
        _load_original(bench)
    except ServerError as error:
        raise ServerError(f"the model could not be given its original configuration again: {error}") from error


def findings(study: Study, bench: Bench, runs: Sequence[Run]) -> Findings:
    """Return what these runs of a study say; it is finished when nothing is left to be measured."""
    is_finished = _first_run(schedule(study), runs, bench.levels) is None
    return Findings(study, bench.record.header, bench.plan.windows, runs, is_finished=is_finished)


def _first_run(order: Schedule, known: Sequence[Run], levels: GivenLevels) -> Run | None:
    """Go through the order with the runs that are known, and return the one that lacks levels, or a new one."""
    run: Run | None = Run(1, next(order))
    for known_run in known:
        if _next_level(known_run, levels) is not None:
            return known_run
        run = _run_after(order, known_run)
    return run


def _run_after(order: Schedule, run: Run) -> Run | None:
    """Return the run that follows, None when all is measured."""
    try:
        return Run(run.number + 1, order.send(run))
    except StopIteration:
        return None


def _next_level(run: Run, levels: GivenLevels) -> float | None:
    """Return the level that a run lacks, or None when it is complete."""
    visited = [(level.load.value, not level.verdict.over_limit) for level in run.levels]
    return None if run.failed else levels.next_level(visited)


async def _measure(run: Run, bench: Bench, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
    """Load the configuration, warm it up, and measure the levels that the run lacks."""
    yield RunStarted(run)
    try:
        await asyncio.to_thread(bench.control.load, configured(bench.original, run.settings))
        await _warm_up(bench, stop)
        async with aclosing(_levels(run, bench, stop)) as levels:
            async for level in levels:
                run = replace(run, levels=(*run.levels, level))
                if bench.journal is not None:
                    bench.journal.add_level(run, level)
                yield LevelMeasured(run)
    except (RefusedError, InferenceError, EmptyWindowError) as error:
        await asyncio.to_thread(bench.control.configuration)  # raises ServerError when it is the server that is gone
        run = replace(run, failed=str(error))
        if bench.journal is not None:
            bench.journal.add_failure(run)
    if not stop.is_set():
        yield RunFinished(run)


async def _levels(run: Run, bench: Bench, stop: asyncio.Event) -> AsyncGenerator[LevelResult, None]:
    if _next_level(run, bench.levels) is None or stop.is_set():
        return
    plan = replace(bench.plan, search=GivenLevels(bench.levels.levels[len(run.levels) :]))
    async with aclosing(profile(plan, stop)) as events:
        async for event in events:
            # A level that was broken off is not measured: it would be the worse for it when the study is resumed.
            if isinstance(event, LevelFinished) and (event.result.verdict.stable or not stop.is_set()):
                yield event.result


async def _warm_up(bench: Bench, stop: asyncio.Event) -> None:
    """Keep the highest level up for one window, which does not count."""
    windows = replace(bench.plan.windows, at_most=1)
    plan = replace(bench.plan, search=GivenLevels((max(bench.levels.levels),)), windows=windows)
    with suppress(EmptyWindowError):  # the first request of a model may take longer than a window
        async with aclosing(profile(plan, stop)) as events:
            async for _ in events:
                pass
