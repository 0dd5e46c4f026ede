"""Reads the server's metrics while a level is measured."""

import asyncio
from contextlib import closing, suppress
from time import perf_counter_ns
from typing import Self

from loadgen.errors import ServerError
from loadgen.load.metrics_source import MetricsSource
from loadgen.measure.metrics import Metrics, parse_metrics, pooled

TIMEOUT_S = 5.0


def read_metrics(source: MetricsSource) -> Metrics:
    """Return what the server says now. Raises ServerError when it does not answer, or not with status 200."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415 - most runs need no metrics

    endpoint = source.endpoint
    kind = HTTPSConnection if endpoint.is_tls else HTTPConnection
    try:
        with closing(kind(endpoint.host, endpoint.port, timeout=TIMEOUT_S)) as connection:
            connection.request("GET", source.path)
            response = connection.getresponse()
            status, body = response.status, response.read()
    except (OSError, HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise ServerError(f"Unable to connect to Metrics endpoint {source.url}: {reason}") from error
    if status != 200:
        raise ServerError(f"Unable to connect to Metrics endpoint {source.url}: status {status}")
    return parse_metrics(body.decode(errors="replace"))


class MetricsPoller:
    """Reads the metrics from a thread, at once and then at each interval, while its `async with` block runs.

    `error` is the last reading that failed, if one did; it leaves a gap.
    """

    def __init__(self, source: MetricsSource) -> None:
        self._source = source
        self._readings: list[tuple[int, Metrics]] = []
        self._task: asyncio.Task[None] | None = None
        self.error: ServerError | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._poll())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def between(self, start_ns: int, end_ns: int) -> Metrics | None:
        """Return what was read from one instant of the run's clock to another, pooled; None if nothing was."""
        return pooled([metrics for read_ns, metrics in self._readings if start_ns <= read_ns <= end_ns])

    async def _poll(self) -> None:
        clock = asyncio.get_running_loop()
        due_s = clock.time()
        while True:
            try:
                metrics = await asyncio.to_thread(read_metrics, self._source)
                self._readings.append((perf_counter_ns(), metrics))
            except ServerError as error:
                self.error = error
            # A reading that takes longer than the interval delays the next one; none is made up for.
            due_s = max(due_s + self._source.interval_s, clock.time())
            await asyncio.sleep(due_s - clock.time())
