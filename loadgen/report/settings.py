"""The banner with which perf_analyzer's output begins (behaviour section 5.1)."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the banner tells of a run.

    A window holds `window_request_count` requests, or without that number the time of `interval_ms`. `is_range` is
    whether more than one level may be visited, up to `concurrency_limit`, or None, until the latency limit is reached.
    """

    batch_size: int = 1
    interval_ms: int = 5000
    percentile: int | None = None
    window_request_count: int | None = None
    request_count: int | None = None
    warmup_request_count: int = 0
    latency_limit_ms: int = 0
    is_range: bool = False
    concurrency_limit: int | None = None
    binary_search: bool = False

    def __str__(self) -> str:
        """Return the banner, with the empty line at its end.

        The calls are called asynchronous, because they are: one thread, many requests in flight. For such calls
        perf_analyzer's banner leaves out the latency, although it waits for it to become stable; we say what is done.
        """
        lines = (
            "*** Measurement Settings ***",
            f"  Batch size: {self.batch_size}",
            "  Service Kind: TRITON",
            *(f"  {line}" for line in (*self._counts(), *self._windows(), *self._levels())),
            "  Using asynchronous calls for inference",
            "",
        )
        return "\n".join(lines)

    def _counts(self) -> Iterator[str]:
        for count, kind in ((self.warmup_request_count, "warmup"), (self.request_count, "benchmark")):
            if count:
                yield f"Sending {count} {kind} request{'' if count == 1 else 's'}"

    def _windows(self) -> Iterator[str]:
        if self.request_count is not None:
            return
        counted = self.window_request_count
        figure = "average latency" if self.percentile is None else f"p{self.percentile}latency"  # sic, without a space
        yield f'Using "{"time" if counted is None else "count"}_windows" mode for stabilization'
        yield f"Stabilizing using {figure} and throughput"
        if counted is None:
            yield f"Measurement window: {self.interval_ms} msec"
        else:
            yield f"Minimum number of samples in each window: {counted}"

    def _levels(self) -> Iterator[str]:
        if self.is_range:
            yield f"Latency limit: {self.latency_limit_ms} msec"
            if self.concurrency_limit is not None:
                yield f"Concurrency limit: {self.concurrency_limit} concurrent requests"
        if self.binary_search:
            yield "Using Binary Search algorithm"
