"""Every script in examples/ does what it says, on the real Triton."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from loadgen import TritonServer

pytestmark = pytest.mark.live

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBER = r"[\d,.]+"
PRINTS = {
    "failures": r"50% of 100 requests failed\n50 x wrong output: step 1: .*\nwithout a limit .*: \[wrong output\] .*\n",
    "find_max": r"Highest level with p95<50ms\n(Request Rate .*: p95 .*\n)+.*\nto be planned for: .* of 0.99\n",
    "in_event_loop": rf"mnist-onnx: {NUMBER} infer/s .*\nmnist-onnx-batch: {NUMBER} infer/s .*\n",
    "look_at_outputs": r"200 answers: \{\d: \d+.*\}\n",
    "measure": rf"{NUMBER} infer/s, average {NUMBER} ms, p99 {NUMBER} ms\n(not )?stable.*\n",
    "own_inputs": rf"100 digits, over and over: {NUMBER} infer/s\na new digit each time: +{NUMBER} infer/s\n",
    "own_server": rf"serves mnist-onnx, mnist-onnx-batch\n *Concurrency(?s:.*)\n *2 +{NUMBER} (?s:.*)",
    "raw_records": rf"\d+ requests, the slowest took ({NUMBER} ){{3}}ms\ndocument version \d of mnist-onnx\n",
    "request_rate": rf"{NUMBER} infer/s of 100 wanted, p99 {NUMBER} ms\n",
    "several_loads": "".join(rf"Concurrency {n}: {NUMBER} infer/s, p95 {NUMBER} ms.*\n" for n in (1, 2, 4)),
    "several_models": "".join(
        rf"{name}: {NUMBER} infer/s, p99 {NUMBER} ms\n" for name in ("together", "mnist-onnx", "mnist-onnx-batch")
    ),
    "watch": rf"(window \d: {NUMBER} infer/s, p99 {NUMBER} ms\n)+together: {NUMBER} infer/s in the last 3 windows\n",
}
"""What each prints; of demo.py, a session of its own that takes its ports, `make demo` is the proof."""


def test_each_example_is_run_here():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*PRINTS, "demo"}


@pytest.mark.parametrize("name", PRINTS)
def test_an_example_prints_what_it_says(name: str, triton: TritonServer, monkeypatch, capsys):
    script = EXAMPLES / f"{name}.py"
    monkeypatch.setattr(sys, "argv", [str(script), triton.grpc_url])

    runpy.run_path(str(script), run_name="__main__")

    printed = capsys.readouterr()
    assert re.fullmatch(PRINTS[name], printed.out), printed.out
    assert printed.err == ""
