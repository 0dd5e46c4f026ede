"""Windows small enough to check by hand."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from loadgen.measure.failures import FailureCount
from loadgen.measure.records import Records
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.windows import Window
from loadgen.units import ms, seconds


@pytest.fixture(scope="session")
def window() -> Callable[..., Window]:
    """Return a maker of windows from latencies in milliseconds."""

    def make(
        latencies_ms: Sequence[float],
        *,
        length_s: float = 1.0,
        batch_size: int = 1,
        server: ServerStatistics | None = None,
        failed: Mapping[str, int] | None = None,
    ) -> Window:
        start_ns = np.arange(len(latencies_ms), dtype=np.int64)
        latency_ns = np.array([ms(latency) for latency in latencies_ms], dtype=np.int64)
        failures = {kind: FailureCount(count, f"a word on {kind}") for kind, count in (failed or {}).items()}
        records = Records(start_ns, start_ns + latency_ns, failures)
        return Window(0, seconds(length_s), records, server, batch_size)

    return make
