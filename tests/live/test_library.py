"""`import loadgen` on the real Triton: results as values, errors as exceptions, and nothing left behind."""

import asyncio
import contextlib
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import loadgen
from loadgen import Concurrency, ConfigError, ErrorLimit, ServerError, Target, TritonServer, Windows
from loadgen.triton.control import control_plane

pytestmark = pytest.mark.live

SHORT = Windows(length_s=0.2, tolerance=9.0)


def mnist(triton: TritonServer) -> Target:
    return triton.target("mnist-onnx")


def test_a_run_returns_what_the_server_saw_too(triton: TritonServer):
    with control_plane(mnist(triton)) as control:
        before = control.statistics()
        report = loadgen.run(mnist(triton), Concurrency(3), windows=SHORT)
        after = control.statistics()

    assert report.stable, report.reason
    assert report.level.load == Concurrency(3)
    assert [len(window.records) > 0 for window in report.level.windows] == [True] * 3
    # Little's law: requests in flight = throughput x latency. The borders of the windows cut a few requests.
    assert report.throughput * report.average_ms / 1e3 == pytest.approx(3, rel=0.1)
    # Those that were still in flight at the end of the last window count for the server alone.
    assert before is not None
    assert after is not None
    assert 0 <= (after - before).success.count - report.request_count <= 30


def test_it_prints_nothing_and_leaves_signals_alone(triton: TritonServer, capfd: pytest.CaptureFixture[str]):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    loadgen.run(mnist(triton), Concurrency(1), windows=SHORT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert capfd.readouterr() == ("", "")


def test_it_works_inside_a_running_event_loop(triton: TritonServer):
    async def two_at_a_time() -> list[loadgen.Report]:
        runs = (loadgen.run_async(mnist(triton), Concurrency(n), windows=SHORT) for n in (1, 2))
        return list(await asyncio.gather(*runs))

    assert [report.level.load for report in asyncio.run(two_at_a_time())] == [Concurrency(1), Concurrency(2)]


def test_run_works_there_too_as_in_a_notebook(triton: TritonServer):
    async def as_in_a_notebook() -> loadgen.Report:
        return loadgen.run(mnist(triton), Concurrency(2), windows=SHORT)

    assert asyncio.run(as_in_a_notebook()).request_count > 0


def test_a_cancelled_run_waits_for_its_requests_and_leaves_nothing_behind(triton: TritonServer):
    async def cancelled() -> set[asyncio.Task[object]]:
        run = asyncio.create_task(loadgen.run_async(mnist(triton), Concurrency(4), windows=Windows(length_s=60)))
        with control_plane(mnist(triton)) as control:
            before = await asyncio.to_thread(control.statistics)
            while await asyncio.to_thread(control.statistics) == before:
                pass
        run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancelled()) == set()
    assert loadgen.run(mnist(triton), Concurrency(1), windows=SHORT).request_count > 0


def test_several_loads_are_measured_one_after_the_other(triton: TritonServer):
    report = loadgen.run(mnist(triton), [Concurrency(n) for n in (4, 1)], windows=SHORT)

    assert [level.load for level in report.levels] == [Concurrency(4), Concurrency(1)]
    assert [level["load"]["value"] for level in report.to_dict()["levels"]] == [4, 1]
    with pytest.raises(ConfigError, match="at least one load"):
        loadgen.run(mnist(triton), [])


def test_a_load_over_the_latency_limit_is_the_last(triton: TritonServer):
    limited = replace(SHORT, latency_limit_ns=loadgen.ms(0.001))
    report = loadgen.run(mnist(triton), [Concurrency(1), Concurrency(2)], windows=limited)

    assert [level.verdict.over_limit for level in report.levels] == [True]


def test_the_highest_concurrency_below_a_latency_is_found(slow: TritonServer):
    """Two of 50 ms at a time: with three in flight the average is 75 ms."""
    capacity = loadgen.find_max("avg<63ms", Target(slow.grpc_url, "50ms-twice"), Concurrency(1), windows=SHORT)

    assert (capacity.load, capacity.beyond) == (Concurrency(2), Concurrency(3))
    assert [level.load for level in capacity.report.levels] == [Concurrency(n) for n in (1, 2, 4, 3)]
    assert str(capacity).endswith("Concurrency 2 is the highest level that holds avg<63ms; 3 does not.")


def test_the_windows_are_seen_as_they_close_until_the_caller_has_seen_enough(triton: TritonServer):
    mine_alone = Windows(length_s=0.1, tolerance=0, at_most=1000)

    async def until_five() -> tuple[list[loadgen.WindowClosed], loadgen.Report]:
        seen = []
        async with loadgen.watch(mnist(triton), Concurrency(2), windows=mine_alone) as windows:
            async for window in windows:
                seen.append(window)
                if len(seen) == 5:
                    break
        return seen, windows.report

    seen, report = asyncio.run(until_five())

    assert [window.index for window in seen] == [1, 2, 3, 4, 5]
    assert all(window.summary.p50_ms > 0 for window in seen)
    assert [len(window.window.records) for window in seen] == [window.summary.request_count for window in seen]
    assert report.level.trials == tuple(window.summary for window in seen)
    assert report.level.windows == tuple(window.window for window in seen[-3:])


def test_a_watched_run_ends_by_itself_when_it_is_stable(triton: TritonServer):
    async def to_the_end() -> list[int]:
        async with loadgen.watch(mnist(triton), Concurrency(1), windows=SHORT) as windows:
            return [window.index async for window in windows]

    assert asyncio.run(to_the_end()) == [1, 2, 3]


def test_a_callers_error_ends_the_run_in_good_order(triton: TritonServer):
    async def too_slow() -> None:
        async with loadgen.watch(mnist(triton), Concurrency(2), windows=SHORT) as windows:
            async for window in windows:
                reports.append(windows)
                raise RuntimeError(f"window {window.index}")

    reports: list[loadgen.Watch] = []
    with pytest.raises(RuntimeError, match="window 1"):
        asyncio.run(too_slow())
    assert reports[0].report.level.reason == "interrupted in window 1"


def test_what_was_measured_before_an_error_comes_with_it(triton: TritonServer, tmp_path: Path):
    arrays = {"input.1": np.zeros((1, 1, 1, 28, 28), np.float32), "predictions": np.zeros((1, 1, 10), np.float32)}
    np.savez(tmp_path / "wrong.npz", **arrays)
    wrong = loadgen.Inputs(files=(str(tmp_path / "wrong.npz"),))
    with pytest.raises(loadgen.InferenceError) as caught:
        loadgen.run(mnist(triton), Concurrency(2), inputs=wrong, error_limit=ErrorLimit(rate=0.5), windows=SHORT)

    report = caught.value.report
    assert (list(report.failures), report.error_rate) == (["wrong output"], 1.0)
    assert report.to_dict()["error"] == str(caught.value)


@pytest.mark.parametrize(
    ("model", "shapes", "error", "sentence"),
    [
        pytest.param("nothing", {}, ServerError, 'does not serve model "nothing"', id="an unknown model"),
        pytest.param("mnist-onnx", {"input.2": (1,)}, loadgen.ConfigError, "no such input", id="an unknown input"),
    ],
)
def test_what_cannot_be_measured_raises(triton: TritonServer, model: str, shapes, error, sentence: str):
    with pytest.raises(error, match=sentence):
        loadgen.run(Target(triton.grpc_url, model), Concurrency(1), windows=SHORT, inputs=loadgen.Inputs(shapes=shapes))


def test_the_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    root = Path(__file__).parents[2]
    example, *_ = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(root)

    # Whether it becomes stable, as its last line demands, depends on what else the machine does meanwhile.
    exec(example.split("assert")[0], {})

    assert re.fullmatch(r"\d+ infer/s, p99 \d+\.\d\d ms\n", capsys.readouterr().out)
