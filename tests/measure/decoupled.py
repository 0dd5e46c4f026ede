"""What a decoupled model answers, as columns."""

from collections.abc import Iterable

import numpy as np

from loadgen.measure.responses import Responses


def responses(*seen_ns: Iterable[int]) -> Responses:
    """Return the responses of requests, given the instants of those of each."""
    requests = [list(one) for one in seen_ns]
    counts = np.array([len(one) for one in requests], np.int64)
    return Responses(counts, np.array([ns for one in requests for ns in one], np.int64))
