"""`import loadgen` on the real Triton: results as values, errors as exceptions, and nothing left behind."""

import asyncio
import contextlib
import re
import signal
from pathlib import Path

import pytest

import loadgen
from loadgen import Concurrency, ServerError, Target, TritonServer, Windows
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
    (example,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(root)

    # Whether it becomes stable, as its last line demands, depends on what else the machine does meanwhile.
    exec(example.split("assert")[0], {})

    assert re.fullmatch(r"\d+ infer/s, p99 \d+\.\d\d ms\n", capsys.readouterr().out)
