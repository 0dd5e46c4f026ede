"""The verb `loadgen sweep`: many configurations of one model, measured, ranked and reported."""

from collections.abc import Sequence
from contextlib import ExitStack, aclosing
from dataclasses import replace

from loadgen.cli.file_limit import raise_file_limit
from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.session import plan_of
from loadgen.cli.signals import stop_on_signals
from loadgen.cli.sweep_display import SweepDisplay
from loadgen.cli.sweep_options import SweepOptions, parse_sweep
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.measure.search import GivenLevels
from loadgen.study.bench import Bench, bench
from loadgen.study.expectation import expectation
from loadgen.study.files import write_report
from loadgen.study.folder import asked, place
from loadgen.study.measurement import findings, sweep
from loadgen.study.schedule import Study
from loadgen.triton.server import TritonServer

_NOT_THE_STUDY = ("-u", "-H")
"""Options by which the server is reached: it may be another one when a study is resumed."""


def main(argv: Sequence[str]) -> int:
    """Run `loadgen sweep` with the arguments after the verb, and return 0; an interrupted study is no error."""
    options = parse_sweep(argv)
    for note in options.measurement.notes:
        warn(f"loadgen: {note}")
    raise_file_limit()
    wanted = asked(options.study, [pair for pair in options.measurement.given if pair[0] not in _NOT_THE_STUDY])
    kept = place(wanted, options.output, resume=options.resume)
    with ExitStack() as stack:
        plan = plan_of(_served(options, stack))
        levels = GivenLevels(tuple(options.measurement.levels.numbers))
        where = stack.enter_context(bench(options.study, plan, levels, kept))
        display = SweepDisplay(options.study, where.record.runs)
        warn(expectation(options.study, len(levels.levels), plan.windows))
        try:
            with display:
                run_in_event_loop(_measure(options.study, where, display))
        finally:
            _conclude(options, where, display)
    return 0


def _conclude(options: SweepOptions, where: Bench, display: SweepDisplay) -> None:
    """Tell what was found, however the study ended, if anything was measured."""
    if not display.runs:
        return
    found = findings(options.study, where, display.runs)
    try:
        display.conclude()
    finally:
        warn(f"the report is {write_report(found, options.output, options.language)}")
    if not found.is_finished:
        warn("the study is not finished: the same command with --resume goes on")


def _served(options: SweepOptions, stack: ExitStack) -> Options:
    """Return the measurement with the url of the embedded server, if there is to be one, which is started here."""
    measurement = options.measurement
    if options.model_repository is None:
        return measurement
    # After a refused configuration Triton 24.10 finds a model alive that is none, and waits for it when it is to stop.
    arguments = (f"--load-model={measurement.model}", "--exit-timeout-secs=3")
    server = stack.enter_context(TritonServer(options.model_repository, explicit=True, extra_args=arguments))
    return replace(measurement, url=server.grpc_url if measurement.protocol == "grpc" else server.http_url)


async def _measure(study: Study, where: Bench, display: SweepDisplay) -> None:
    with stop_on_signals() as stop:
        async with aclosing(sweep(study, where, stop)) as events:
            async for event in events:
                display.show(event)
