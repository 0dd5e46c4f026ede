"""The report of a study: the conclusion with its figures first, then all that supports it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadgen.measure.windows import Windows
from loadgen.report.text import summary
from loadgen.study.axes import ORIGINAL
from loadgen.study.blocks import Block, Bullets, Code, Heading, Table, Text
from loadgen.study.columns import change, columns, name_of, number, searched
from loadgen.study.fragment import fragment
from loadgen.study.journal import Header
from loadgen.study.plots import plots
from loadgen.study.ranking import Ranking, Standing, rank
from loadgen.study.ranking_text import ranking_text
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.study.words import Words
from loadgen.units import whole_us


@dataclass(frozen=True)
class Findings:
    """What a study has found so far: `is_finished` when nothing is left to be measured.

    Its `runs` are the configurations as they were measured, in order, each at all levels. Its text is the ranking that
    `loadgen sweep` prints.
    """

    study: Study
    header: Header
    windows: Windows
    runs: Sequence[Run]
    is_finished: bool

    @property
    def ranking(self) -> Ranking:
        """The ranking of all complete runs."""
        return rank(self.runs, self.study.objective)

    @property
    def best(self) -> Standing | None:
        """The best configuration; `ranking.ties` cannot be told from it. None when none kept the limits."""
        standings = self.ranking.standings
        return standings[0] if standings else None

    def __str__(self) -> str:
        return ranking_text(self.study, self.runs)

    @property
    def original_scores(self) -> list[float]:
        """The scores of the original configuration, run by run, which tell whether the machine stayed the same."""
        original = self.ranking.of(ORIGINAL)
        return [] if original is None else list(original.scores)


def report(found: Findings, words: Words) -> list[Block]:
    """Return the blocks of the report."""
    ranking = found.ranking
    blocks: list[Block] = [Heading(words["title"].format(model=found.header.original["name"]), 1)]
    if not found.is_finished:
        blocks.append(Text(words["unfinished"]))
    if ranking.standings:
        blocks += _conclusion(found, ranking, words)
        blocks += _comparison(found, ranking, words)
        blocks += [Heading(words["plots"]), *plots(ranking, words)]
    else:
        blocks.append(Text(words["nothing"]))
    blocks += [*_warnings(found, words), *_runs(found, words), *_environment(found, words), *_method(found, words)]
    return blocks


def _conclusion(found: Findings, ranking: Ranking, words: Words) -> Iterator[Block]:
    best = ranking.standings[0]
    yield Text(_sentence_of_best(best, found, words))
    original = ranking.of(ORIGINAL)
    if not best.settings:
        yield Text(words["original_is_best"])
    elif original is not None:
        objective = found.study.objective
        changed = change(original.score, best.score, words)
        score = number(objective.in_unit(original.score), words)
        yield Text(words["against_original"].format(score=score, unit=words[objective.unit], change=changed))
    if found.study.search is not None:
        yield Text(searched(found.study, found.runs, words))
    if found.study.objective.limits:
        yield Text(words["limits"].format(limits=_limits(found)))
    names = "; ".join(name_of(standing.settings, words) for standing in ranking.ties)
    yield Text(words["ties"].format(names=names) if names else words["no_ties"])
    if original in ranking.ties:
        yield Text(words["original_tied"])
    if best.settings:
        yield Text(words["paste"])
        yield Code(fragment(found.header.original, best.settings))


def _limits(found: Findings) -> str:
    return ", ".join(map(str, found.study.objective.limits))


def _sentence_of_best(best: Standing, found: Findings, words: Words) -> str:
    objective, figures = found.study.objective, best.level.summary
    return words["best"].format(
        name=name_of(best.settings, words),
        score=number(objective.in_unit(best.score), words),
        unit=words[objective.unit],
        level=best.level.load.value,
        average=whole_us(figures.average_ns),
        p99=whole_us(figures.percentiles_ns[99]),
    )


def _comparison(found: Findings, ranking: Ranking, words: Words) -> Iterator[Block]:
    objective = found.study.objective
    shown = columns(ranking, objective, words)
    titles = tuple(", ".join(filter(None, (words[column.title], words[column.unit]))) for column in shown)
    rows = tuple(tuple(column.cell(standing) for column in shown) for standing in ranking.standings)
    yield Heading(words["comparison"])
    yield Table(titles, rows, names=2)
    yield Text(words["legend"])
    if ranking.noise.share is not None:
        share = f"{100 * ranking.noise.share:.1f}".replace(".", words["decimal"])
        yield Text(words["noise"].format(share=share, freedom=ranking.noise.degrees_of_freedom))
    scores = found.original_scores
    if len(scores) > 1:
        written = "; ".join(number(objective.in_unit(score), words) for score in scores)
        drift = change(scores[0], scores[-1], words)
        yield Text(words["drift"].format(scores=written, unit=words[objective.unit], change=drift))


def _warnings(found: Findings, words: Words) -> Iterator[Block]:
    items = [*_drift(found, words), *_beyond_limits(found, words)]
    items += [item for run in found.runs for item in _warnings_of(run, words)]
    yield Heading(words["warnings"])
    yield Bullets(tuple(items)) if items else Text(words["no_warnings"])


def _drift(found: Findings, words: Words) -> Iterator[str]:
    scores = found.original_scores
    if scores and max(scores) / min(scores) > 1 + found.windows.tolerance:
        yield words["drifted"].format(tolerance=_percent(found.windows.tolerance, words))


def _beyond_limits(found: Findings, words: Words) -> Iterator[str]:
    measured = dict.fromkeys(run.settings for run in found.runs if run.is_measured)
    ranked = {standing.settings for standing in found.ranking.standings}
    for settings in measured:
        if settings not in ranked:
            yield words["over_limits"].format(name=name_of(settings, words), limits=_limits(found))


def _warnings_of(run: Run, words: Words) -> Iterator[str]:
    name = name_of(run.settings, words)
    for level in run.levels:
        if not level.verdict.stable:
            reason = level.verdict.reason
            yield words["unstable"].format(name=name, run=run.number, level=level.load.value, reason=reason)
    if run.failed:
        yield words["failed"].format(name=name, run=run.number, reason=run.failed)


def _runs(found: Findings, words: Words) -> Iterator[Block]:
    """Yield what was measured in perf_analyzer's words."""
    yield Heading(words["each_run"])
    for run in found.runs:
        yield Heading(words["run"].format(run=run.number, name=name_of(run.settings, words)), 3)
        lines = [summary(run.levels, percentile=found.windows.percentile)] if run.levels else []
        yield Code("\n".join([*lines, *([run.failed] if run.failed else [])]))


def _environment(found: Findings, words: Words) -> Iterator[Block]:
    header = found.header
    here = header.environment
    memory_gib = None if here["memory_bytes"] is None else here["memory_bytes"] / 2**30
    rows = {
        "started_at": header.started_at,
        "server": header.server,
        "cpu": here["cpu"],
        "cores": here["cores"],
        "memory": None if memory_gib is None else _decimal(memory_gib, words),
        "platform": here["platform"],
        "python": here["python"],
        "loadgen": here["loadgen"],
        "libraries": ", ".join(f"{name} {version}" for name, version in here["libraries"].items() if version),
        "options": " ".join(word for pair in header.asked["measurement"] for word in pair),
    }
    yield Heading(words["environment"])
    known = ((words[key], str(value)) for key, value in rows.items() if value is not None)
    yield Table((words["what"], words["value"]), tuple(known), names=2)


def _method(found: Findings, words: Words) -> Iterator[Block]:
    windows = found.windows
    yield Heading(words["method"])
    yield Text(
        words["method_measured"].format(
            window=_length(windows, words),
            tolerance=_percent(windows.tolerance, words),
            at_most=windows.at_most,
        )
    )
    yield Text(words["method_ranked"].format(repeats=found.study.repeats))
    if found.study.search is not None:
        yield Text(words["method_searched"])


def _length(windows: Windows, words: Words) -> str:
    if windows.request_count is not None:
        return words["window_requests"].format(count=windows.request_count)
    return words["window_s"].format(length=_decimal(windows.length_s, words))


def _percent(share: float, words: Words) -> str:
    return _decimal(100 * share, words)


def _decimal(value: float, words: Words) -> str:
    return f"{value:.4g}".replace(".", words["decimal"])
