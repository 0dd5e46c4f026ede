"""What went wrong at a level, in words: requests that failed, and connections that did not last."""

from loadgen.measure.failures import described, failed_count
from loadgen.measure.results import Connections, LevelResult

_MOST_CHARACTERS = 200


def failures(result: LevelResult) -> list[str]:
    """Return a line with the sum, and one for each kind, the most frequent first; nothing if no request failed."""
    failed = failed_count(result.failures)
    if not failed:
        return []
    share = _percent(failed, result.ended_count)
    kinds = sorted(result.failures.items(), key=lambda item: -item[1].count)
    return [
        f"Failed requests: {failed} of {result.ended_count} ({share}), not in the other figures",
        *(f"  {failed.count} {one_line(described(kind, failed))}" for kind, failed in kinds),
    ]


def connections(known: Connections | None) -> list[str]:
    """Return a line about the connections of a level, or none if they lasted and took all that was wanted."""
    if known is None or known == Connections(known.open):
        return []
    limit = "" if known.limit is None else f"the server takes {_counted(known.limit, 'request')} at a time on each"
    told = [
        f"{known.open} open",
        f"{known.reopened} reopened" if known.reopened else "",
        _counted(known.goaways, "GOAWAY") if known.goaways else "",
        f"{_counted(known.sent_again, 'request')} sent again" if known.sent_again else "",
        limit,
    ]
    return [f"Connections: {', '.join(word for word in told if word)}"]


def _percent(part: int, whole: int) -> str:
    """Write a share with two decimals, and one that is too small for that as what it is less than."""
    percent = 100 * part / whole
    return f"{percent:.2f} %" if percent >= 0.01 else "less than 0.01 %"


def _counted(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"


def one_line(words: str) -> str:
    """Return words of the server's such that they can do no harm to a terminal: one line, not too long."""
    printable = "".join(character if character.isprintable() else " " for character in words)
    line = " ".join(printable.split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}..."
