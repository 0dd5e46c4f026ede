"""What the user should know while there is time to do something about it, in words."""

from collections.abc import Iterator

from loadgen.dashboard.figures import duration
from loadgen.dashboard.snapshot import Snapshot
from loadgen.measure.client_limit import judge_client
from loadgen.measure.failures import failed_count, merged, most_frequent
from loadgen.measure.littles_law import holds, is_kept_full, mean_in_flight
from loadgen.measure.stability import JUDGED_WINDOWS, judge
from loadgen.measure.trend import JUDGED
from loadgen.report.doubts import what_moves
from loadgen.report.faults import one_line
from loadgen.units import NS_PER_S

SILENT_S = 2.0


def hints(snapshot: Snapshot) -> list[str]:
    """Return a sentence for each thing that is wrong with a run, the worst first."""
    return [*_silence(snapshot), *_failures(snapshot), *_client(snapshot), *_empty(snapshot), *_unstable(snapshot)]


def _silence(snapshot: Snapshot) -> Iterator[str]:
    usual_s = 10 * snapshot.p99_ns / NS_PER_S
    if snapshot.in_flight and snapshot.silence_s > max(SILENT_S, usual_s):
        requests = "the request" if snapshot.in_flight == 1 else f"{snapshot.in_flight} requests"
        yield f"no answer for {snapshot.silence_s:.0f} s to {requests} in flight"


def _failures(snapshot: Snapshot) -> Iterator[str]:
    windows = (*snapshot.trials, snapshot.window) if snapshot.window else snapshot.trials
    failures = merged(window.failures for window in windows)
    if failures:
        count = failed_count(failures)
        yield f"{count:,} request{'' if count == 1 else 's'} failed at this level: {one_line(most_frequent(failures))}"


def _client(snapshot: Snapshot) -> Iterator[str]:
    """Yield whether the client itself is the limit: then its figures are not the server's."""
    if not snapshot.trials:
        return
    last = snapshot.trials[-1]
    if reason := judge_client(last).reason:
        yield reason
    elif is_kept_full(snapshot.load) and not holds(snapshot.load.in_flight, last):
        in_flight = f"{mean_in_flight(last):.2f} of {snapshot.load.in_flight}"
        yield f"{in_flight} requests were in flight on average (Little's law)"


def _empty(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.trials and not snapshot.trials[-1].request_count and not snapshot.trials[-1].failures:
        length = duration(snapshot.trials[-1].duration_ns)
        yield f"no request ended within a window of {length}: give a longer one (-p)"


def _unstable(snapshot: Snapshot) -> Iterator[str]:
    """Yield why the windows so far are not stable, once there are enough of them, and what helps."""
    trials, rules = snapshot.trials, snapshot.heading.windows
    if len(trials) < JUDGED_WINDOWS or snapshot.heading.request_count is not None:
        return
    verdict = judge(trials, rules)
    if not verdict.stable:
        yield f"not stable yet: {what_moves(trials, rules.percentile) if len(trials) >= JUDGED else verdict.reason}"
