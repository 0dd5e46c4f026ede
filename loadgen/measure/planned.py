"""The figures of an open loop, whose requests have a planned instant.

From that instant on a user would wait. A tool that counts from the send alone leaves out what a request waited for
before it: it is slow when the server is, and so sees less of it (coordinated omission).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loadgen.measure.sends import Sends

Percentiles = Mapping[int, int]


@dataclass(frozen=True)
class Planned:
    """`average_ns` and `percentiles_ns` are latencies from the planned instant to the last byte of the response.

    `lateness_ns` is how long after that instant requests were sent, by percentile. `sends` counts what was sent
    meanwhile, `sent_per_s` of them in a second.
    """

    average_ns: int
    percentiles_ns: Percentiles
    lateness_ns: Percentiles
    sends: Sends
    sent_per_s: float
