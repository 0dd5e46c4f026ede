"""When so many requests failed that the run has to end."""

from collections.abc import Sequence

from loadgen.measure.failures import ErrorLimit, failed_count, merged, most_frequent
from loadgen.measure.results import Summary


def too_many_failures(summaries: Sequence[Summary], limit: ErrorLimit) -> str | None:
    """Return a sentence if more requests failed than `limit` allows, given the figures of each window of a level.

    All windows count, not only those that are judged for stability: a limit is about the whole level.
    """
    failures = merged(summary.failures for summary in summaries)
    failed = failed_count(failures)
    ended = failed + sum(summary.request_count for summary in summaries)
    if not limit.is_exceeded(failed, ended):
        return None
    return f"{_excess(failed, ended, limit)} that --max-error-rate allows; for example {most_frequent(failures)}"


def _excess(failed: int, ended: int, limit: ErrorLimit) -> str:
    if limit.rate is None:
        return f"{failed} of {ended} requests failed, more than the {limit.count}"
    share, allowed = _told_apart(failed / ended, limit.rate)
    return f"{share} % of the requests failed ({failed} of {ended}), more than the {allowed} %"


def _told_apart(share: float, allowed: float) -> tuple[str, str]:
    """Write two different shares as percentages of three digits, or of as many as it takes to tell them apart."""
    digits = next((d for d in range(3, 17) if f"{share * 100:.{d}g}" != f"{allowed * 100:.{d}g}"), 17)
    return f"{share * 100:.{digits}g}", f"{allowed * 100:.{digits}g}"
