"""Windows of time and of requests, counted runs, warm-up and searches, on models that take a known time."""

import asyncio
import subprocess
import sys
from contextlib import aclosing

import pytest

import loadgen
from loadgen import Concurrency
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.results import Event, LevelFinished, LevelResult, Verdict
from loadgen.measure.search import BinarySearch, LinearSearch, Search
from loadgen.measure.windows import Windows
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.triton.server import TritonServer
from loadgen.units import ms

pytestmark = pytest.mark.live

PATIENCE_S = 20.0


def target(server: TritonServer, model: str, protocol: str = "grpc") -> Target:
    return Target(server.grpc_url if protocol == "grpc" else server.http_url, model, protocol=protocol)


def at(level: int) -> LinearSearch:
    return LinearSearch(level, level)


def served(control: ControlPlane) -> int:
    return control.statistics().success.count


@pytest.mark.parametrize("protocol", ["grpc", "http"])
@pytest.mark.parametrize(
    ("model", "count", "per_second"),
    [
        pytest.param("50ms", 20, 20, id="50 ms"),
        pytest.param("50ms-twice", 40, 40, id="two instances of 50 ms"),
        pytest.param("500ms-twice", 4, 4, id="two instances of 500 ms"),
    ],
)
def test_the_throughput_of_a_fixed_delay_is_its_inverse(
    slow: TritonServer, model: str, count: int, per_second: float, protocol: str
):
    aim = target(slow, model, protocol)
    inverse = pytest.approx(per_second, rel=0.02)

    # A busy machine may stop everything for a while, but not again and again; a wrong figure stays wrong.
    measured = (loadgen.run(aim, Concurrency(2), request_count=count).throughput for _ in range(3))
    assert any(throughput == inverse for throughput in measured)


@pytest.mark.parametrize(
    ("protocol", "transport"),
    [
        pytest.param("grpc", Transport(), id="gRPC"),
        pytest.param("grpc", Transport(streaming=True), id="gRPC streaming"),
        pytest.param("grpc", Transport(client="grpcio"), id="grpcio"),
        pytest.param("http", Transport(), id="HTTP"),
    ],
)
def test_so_many_requests_are_measured_and_so_many_before_them_are_not(
    slow: TritonServer, protocol: str, transport: Transport
):
    aim = target(slow, "50ms-twice", protocol)
    with control_plane(aim) as control:
        before = served(control)
        report = loadgen.run(aim, Concurrency(4), transport=transport, request_count=10, warmup_request_count=3)
        assert served(control) - before == 10 + 3

    result = report.level
    assert result.verdict == Verdict(stable=True)
    assert (result.summary.request_count, len(result.trials)) == (10, 1)
    assert result.summary.server.success.count == 10, "the server counts the same"
    (window,) = result.windows
    assert window.start_ns == window.records.start_ns.min()
    assert window.end_ns == window.records.end_ns.max()


def test_a_window_of_requests_lasts_until_there_are_so_many(slow: TritonServer):
    # Four in flight on two instances end two by two, and one window of 60 s is none of these.
    windows = Windows(length_s=60, request_count=4, tolerance=99)

    result = loadgen.run(target(slow, "50ms-twice"), Concurrency(4), windows=windows).level

    assert result.verdict.stable
    assert len(result.windows) == 3
    for window, after in zip(result.windows, [*result.windows[1:], None], strict=True):
        assert len(window.records) >= 4
        assert after is None or after.start_ns == window.end_ns


@pytest.mark.parametrize(
    ("search", "limit_ms", "levels", "over"),
    [
        # One instance: as many times 50 ms as there are requests in flight.
        pytest.param(LinearSearch(1, None), 125, [1, 2, 3], [3], id="up to the limit"),
        pytest.param(LinearSearch(1, 2), 125, [1, 2], [], id="up to the end, below the limit"),
        pytest.param(BinarySearch(1, 8), 225, [1, 8, 4, 6, 5], [8, 6, 5], id="halving"),
    ],
)
def test_a_search_ends_where_the_latency_reaches_the_limit(
    slow: TritonServer, search: Search, limit_ms: int, levels: list[int], over: list[int]
):
    windows = Windows(percentile=50, latency_limit_ns=ms(limit_ms))
    plan = Plan(target(slow, "50ms"), search, windows, request_count=8)

    finished = [event.result for event in events_of(plan) if isinstance(event, LevelFinished)]

    assert [result.load.value for result in finished] == levels
    assert [result.load.value for result in finished if result.verdict.over_limit] == over
    assert all(result.verdict.stable for result in finished)
    for result in finished:
        assert (f"not below the limit of {limit_ms} ms" in result.verdict.reason) is result.verdict.over_limit


def events_of(plan: Plan) -> list[Event]:
    async def collect() -> list[Event]:
        async with aclosing(profile(plan, asyncio.Event())) as events:
            return [event async for event in events]

    return run_in_event_loop(collect())


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({"request_count": 10_000}, id="a run of so many requests"),
        pytest.param({"windows": Windows(request_count=10_000)}, id="a window of so many requests"),
    ],
)
def test_an_interrupted_count_is_reported_as_far_as_it_went(slow: TritonServer, counts):
    plan = Plan(target(slow, "50ms-twice"), at(2), **counts)

    result = run_in_event_loop(stopped_after_some(plan))

    assert 0 < result.summary.request_count < 10_000
    assert result.verdict == Verdict(stable=False, reason="interrupted in window 1")


def test_an_interrupted_warm_up_has_nothing_to_report(slow: TritonServer):
    plan = Plan(target(slow, "50ms-twice"), at(2), warmup_request_count=10_000)

    assert run_in_event_loop(stopped_after_some(plan)) is None


async def stopped_after_some(plan: Plan) -> LevelResult | None:
    """Stop when the server has answered some requests; return what was measured."""
    stop, finished = asyncio.Event(), None

    async def stop_soon(control: ControlPlane) -> None:
        before = await asyncio.to_thread(served, control)
        while await asyncio.to_thread(served, control) < before + 4:  # noqa: ASYNC110 - the server does not tell
            await asyncio.sleep(0.01)
        stop.set()

    with control_plane(plan.target) as control:
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            group.create_task(stop_soon(control))
            async for event in profile(plan, stop):
                finished = event.result if isinstance(event, LevelFinished) else finished
    return finished


def test_a_window_without_a_request_is_exit_code_3(slow: TritonServer):
    line = ["-m", "500ms-twice", "-u", slow.grpc_url, "-p", "20", "-r", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "loadgen", *line], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 3
    assert "Please use a larger time window" in done.stderr
