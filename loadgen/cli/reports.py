"""What is written into the files that the user asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loadgen.cli.ending import Ending
from loadgen.cli.files import File
from loadgen.cli.options import Options
from loadgen.measure.results import LevelResult
from loadgen.profile.plan import Plan

if TYPE_CHECKING:  # a run without a capture need not import it
    from loadgen.profile.capture import Capture


@dataclass(frozen=True)
class Outcome:
    """What became of a plan: the levels that were measured, in order, and how it ended."""

    plan: Plan
    levels: Sequence[LevelResult]
    started_at: datetime
    ending: Ending
    capture: "Capture | None"


def reports(options: Options, outcome: Outcome) -> Iterator[File]:
    """Yield the files of a run that has ended. Raises InferenceError for a reply to be exported that cannot be read."""
    measured = [level for level in outcome.levels if level.summary.request_count]
    if options.csv_file and measured:  # without a level perf_analyzer writes none
        yield from _csv_files(options, Path(options.csv_file), measured)
    if options.json_file:
        yield File("--json", options.json_file, _document(options, outcome))
    if options.export_file and outcome.capture:
        from loadgen.report.profile_export import export_text  # noqa: PLC0415 - most runs need not pay for any of these

        text = export_text(outcome.capture.experiments(outcome.levels))
        yield File("--profile-export-file", options.export_file, text)


def _csv_files(options: Options, path: Path, levels: Sequence[LevelResult]) -> Iterator[File]:
    """Yield the file of the model, and beside it one of each composing model, whose name ends with that of the first.

    Triton's Model Analyzer removes all files that end so. perf_analyzer forgets the folder of the others. Of several
    models the file is that of all together, and each has one of its own beside it.
    """
    from loadgen.report.csv import composing_csv_texts, csv_text  # noqa: PLC0415 - see above

    text = csv_text(
        levels, percentile=options.percentile, verbose=options.verbose_csv, metrics=options.collects_metrics
    )
    yield File("-f", str(path), text)
    if path.exists() and not path.is_file():  # a device or a pipe, beside which nothing belongs
        return
    for (model, version), composing_text in composing_csv_texts(levels).items():
        yield File("-f", str(path.with_name(f"{model}_v{version}.{path.name}")), composing_text)
    for name in levels[0].models:
        file_name = f"{name.replace('/', '_')}.{path.name}"
        yield from _csv_files(options, path.with_name(file_name), [level.models[name] for level in levels])


def _document(options: Options, outcome: Outcome) -> str:
    from loadgen.report.environment import environment  # noqa: PLC0415 - see above
    from loadgen.report.report import Report  # noqa: PLC0415 - see above

    report = Report(
        outcome.plan.target,
        outcome.plan.windows,
        outcome.started_at,
        environment(),
        levels=tuple(outcome.levels),
        arguments=tuple(word for pair in options.given for word in pair if word),
        thresholds=options.thresholds,
        is_interrupted=outcome.ending.is_interrupted,
        error=str(outcome.ending.error or ""),
        mix=outcome.plan.mix,
    )
    return report.to_json()
