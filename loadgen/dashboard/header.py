"""What is measured, and how far it is."""

from loadgen.dashboard.colours import GOOD, QUIET, WARNING
from loadgen.dashboard.figures import clock
from loadgen.dashboard.line import Line, Piece, width_of
from loadgen.dashboard.remaining import fewest_windows, remaining
from loadgen.dashboard.snapshot import Snapshot


def header(snapshot: Snapshot, width: int) -> list[Line]:
    """Return two lines: the target and the load; the progress."""
    heading = snapshot.heading
    target = f" at {heading.server}, {heading.protocol}, {heading.load}"
    return [
        ((" loadgen ", "bold reverse"), (f" {heading.model}", "bold"), (target, "")),
        _progress(snapshot, width),
    ]


def _progress(snapshot: Snapshot, width: int) -> Line:
    state = remaining(snapshot)
    words: list[Piece] = [(" ", ""), (_where(snapshot), "")]
    if snapshot.is_stopping:
        words = [(" stopping: waiting for the requests in flight", f"bold {WARNING}")]
    elif state.left_s is not None:
        words.append((f", {'at most' if state.is_most else 'about'} {clock(state.left_s)} left", ""))
    if snapshot.is_paused:
        words.append((" (view paused, p goes on)", f"bold {WARNING}"))
    room = max(0, width - width_of(words))
    done = round((state.fraction or 0.0) * room)
    return (("━" * done, GOOD), ("─" * (room - done), QUIET), *words)


def _where(snapshot: Snapshot) -> str:
    """Return the level and the window that go on."""
    heading, left = snapshot.heading, snapshot.levels_left
    number = len(snapshot.levels) + 1
    of = "" if left is None else f" of {number + left}"
    level = "" if left == 0 and not snapshot.levels else f"level {number}{of}, "
    if heading.request_count is not None:
        ended = snapshot.window.request_count if snapshot.window else heading.request_count
        return f"{level}{ended:,} of {heading.request_count:,} requests"
    most, fewest = heading.windows.at_most, fewest_windows(snapshot)
    window = min(len(snapshot.trials) + 1, most)
    return f"{level}window {window} of {most}" if fewest == most else f"{level}window {window} ({fewest} to {most})"
