"""The verb `loadgen sweep`: many configurations of one model, measured, ranked and reported."""

import json
from collections.abc import Sequence
from contextlib import ExitStack, aclosing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadgen.cli.file_limit import raise_file_limit
from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.session import plan_of
from loadgen.cli.signals import stop_on_signals
from loadgen.cli.sweep_display import SweepDisplay
from loadgen.cli.sweep_options import SweepOptions, parse_sweep
from loadgen.cli.sweep_report import write_report
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import ConfigError
from loadgen.measure.search import LinearSearch
from loadgen.profile.plan import Plan
from loadgen.report.environment import environment
from loadgen.study.axes import Config, Settings, configured
from loadgen.study.expectation import expectation
from loadgen.study.journal import Header, Journal, Record, read_journal
from loadgen.study.measurement import Bench, is_finished, sweep
from loadgen.study.report import Findings
from loadgen.study.schedule import Study
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.triton.server import TritonServer

_NOT_THE_STUDY = ("-u", "-H")
"""Options by which the server is reached: it may be another one when a study is resumed."""


def main(argv: Sequence[str]) -> int:
    """Run `loadgen sweep` with the arguments after the verb, and return 0; an interrupted study is no error."""
    options = parse_sweep(argv)
    for note in options.measurement.notes:
        warn(f"loadgen: {note}")
    raise_file_limit()
    file = options.output / "journal.jsonl"
    record = _record(options, file)
    with ExitStack() as stack:
        target = _served(options, stack).target
        control = stack.enter_context(control_plane(target))
        control.describe()  # says what is wrong with the server or the model
        is_new = record is None
        record = record or Record(_header(options, control), ())
        _check_paths(options.study, record.header.original)
        journal = stack.enter_context(Journal(file, plan_of(options.measurement).windows))
        if is_new:
            journal.begin(record.header)
        bench = _bench(options, replace(plan_of(options.measurement), target=target), control, record, journal)
        display = SweepDisplay(options.study, record.runs)
        warn(expectation(options.study, len(options.measurement.levels.numbers), bench.plan.windows))
        try:
            with display:
                run_in_event_loop(_measure(options.study, bench, display))
        finally:
            _conclude(options, bench, record, display)
    return 0


def _conclude(options: SweepOptions, bench: Bench, record: Record, display: SweepDisplay) -> None:
    """Tell what was found, however the study ended, if anything was measured."""
    runs, study = display.runs, options.study
    if not runs:
        return
    finished = is_finished(study, runs, bench.levels)
    found = Findings(study, record.header, bench.plan.windows, runs, is_finished=finished)
    try:
        display.conclude()
    finally:
        warn(f"the report is {write_report(found, options.output, options.language)}")
    if not finished:
        warn("the study is not finished: the same command with --resume goes on")


def _record(options: SweepOptions, file: Path) -> Record | None:
    """Return what is there of the study, None when it is new. Raises ConfigError for another study's folder."""
    folder = f"--output {options.output}"
    if not options.resume:
        if file.exists() and read_journal(file).runs:
            raise ConfigError(f"{folder}: a study is there; go on with it by --resume, or name another folder")
        try:
            options.output.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)  # of a study that never began to measure
        except OSError as error:
            raise ConfigError(f"{folder}: this folder cannot be made: {error.strerror}") from error
        return None
    record = read_journal(file)
    if record.header.asked != _asked(options):
        raise ConfigError(f"--resume: the study in {options.output} is another one; give the arguments it began with")
    return record


def _header(options: SweepOptions, control: ControlPlane) -> Header:
    started_at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    return Header(_asked(options), control.configuration(), control.server, environment(), started_at)


def _asked(options: SweepOptions) -> dict[str, Any]:
    """Return what has to be the same when the study is resumed, as JSON reads it."""
    given = [pair for pair in options.measurement.given if pair[0] not in _NOT_THE_STUDY]
    # What is not given stands for nothing, so that a study can be resumed by a loadgen that knows more options.
    study = {name: value for name, value in asdict(options.study).items() if value is not None}
    asked = {"study": study, "measurement": given}
    written: dict[str, Any] = json.loads(json.dumps(asked))
    return written


def _served(options: SweepOptions, stack: ExitStack) -> Options:
    """Return the measurement with the url of the embedded server, if there is to be one, which is started here."""
    measurement = options.measurement
    if options.model_repository is None:
        return measurement
    # After a refused configuration Triton 24.10 finds a model alive that is none, and waits for it when it is to stop.
    arguments = (f"--load-model={measurement.model}", "--exit-timeout-secs=3")
    server = stack.enter_context(TritonServer(options.model_repository, explicit=True, extra_args=arguments))
    return replace(measurement, url=server.grpc_url if measurement.protocol == "grpc" else server.http_url)


def _bench(options: SweepOptions, plan: Plan, control: ControlPlane, record: Record, journal: Journal) -> Bench:
    """Return where the study takes place."""
    levels = options.measurement.levels
    search = LinearSearch(levels.start, levels.limit or levels.start, levels.step)
    return Bench(plan, search, control, record.header.original, journal)


def _check_paths(study: Study, original: Config) -> None:
    """Raise ConfigError for a path that the configuration does not have."""
    for axis in study.axes:
        configured(original, Settings(((axis.name, axis.values[0]),)))


async def _measure(study: Study, bench: Bench, display: SweepDisplay) -> None:
    with stop_on_signals() as stop:
        async with aclosing(sweep(study, bench, display.runs, stop)) as events:
            async for event in events:
                display.show(event)
