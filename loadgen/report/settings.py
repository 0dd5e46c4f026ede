"""The banner with which perf_analyzer's output begins (behaviour section 5.1)."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the banner tells of a run.

    A window holds `window_request_count` requests, or without that number the time of `interval_ms`. `is_range` is
    whether more than one level may be visited, up to a `limit`, or None, until the latency limit is reached. `arrivals`
    is how requests are distributed that are sent at a rate; None says that they are kept in flight. A load that
    `ends_by_itself` is measured as a whole. `stream_sizes` is how many inferences each stream of the input files holds.
    `mix` are several models with their weights.
    """

    batch_size: int = 1
    interval_ms: int = 5000
    percentile: int | None = None
    window_request_count: int | None = None
    request_count: int | None = None
    warmup_request_count: int = 0
    latency_limit_ms: int = 0
    is_range: bool = False
    limit: float | None = None
    arrivals: str | None = None
    max_request_rate: float | None = None
    ends_by_itself: bool = False
    binary_search: bool = False
    stream_sizes: tuple[int, ...] = ()
    is_decoupled: bool = False
    mix: str = ""

    def __str__(self) -> str:
        """Return the banner, with the empty line at its end.

        The calls are called asynchronous, because they are: one thread, many requests in flight. For such calls
        perf_analyzer's banner leaves out the latency, although it waits for it to become stable; we say what is done.
        """
        lines = (
            *self._data(),
            "*** Measurement Settings ***",
            f"  Batch size: {self.batch_size}",
            "  Service Kind: TRITON",
            *([f"  Models, with their weights: {self.mix}"] if self.mix else []),
            *(f"  {line}" for line in (*self._counts(), *self._windows(), *self._levels())),
            "  Using asynchronous calls for inference",
            *self._responses(),
            "",
        )
        return "\n".join(lines)

    def _data(self) -> Iterator[str]:
        if self.stream_sizes:
            steps = f" with {self.stream_sizes[0]} step/steps" if len(self.stream_sizes) == 1 else ""
            yield f" Successfully read data for {len(self.stream_sizes)} stream/streams{steps}."  # sic, with the blank

    def _responses(self) -> Iterator[str]:
        """Yield which response ends a request; perf_analyzer says that it is the first one, and takes the last, too."""
        if self.is_decoupled:
            yield "  Detected decoupled model, using the last response for measuring latency"

    def _counts(self) -> Iterator[str]:
        for count, kind in ((self.warmup_request_count, "warmup"), (self.request_count, "benchmark")):
            if count:
                yield f"Sending {count} {kind} request{'' if count == 1 else 's'}"

    def _windows(self) -> Iterator[str]:
        if self.request_count is not None or self.ends_by_itself:
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
            yield from self._limit()
        if self.max_request_rate is not None:
            yield f"At most {self.max_request_rate:g} requests per second"
        if self.arrivals is not None:
            distribution = "uniform" if self.arrivals == "constant" else self.arrivals
            yield f"Using {distribution} distribution on request generation"
        if self.binary_search:
            yield "Using Binary Search algorithm"

    def _limit(self) -> Iterator[str]:
        if self.limit is None:
            return
        if self.arrivals is None:
            yield f"Concurrency limit: {self.limit} concurrent requests"
        else:
            yield f"Request Rate limit: {self.limit:g} requests per seconds"
