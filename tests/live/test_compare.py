"""The whole verb: the real perf_analyzer and the real loadgen on the real Triton, in short windows."""

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.live

# The machine may be busy with other things: what is asserted is the structure, so every figure is let through.
LOOSE = ["--min-throughput-ratio", "0.01", "--max-throughput-ratio", "100", "--max-latency-ratio", "100"]
SHORT = ["-p", "150", "-s", "99999", "-r", "3", "--repeat", "1"]


def compare(*arguments, **kwargs):
    command = [sys.executable, "-m", "loadgen", "compare", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **kwargs)


def test_both_tools_measure_each_level_and_agree_within_loose_bounds(triton):
    done = compare("-m", "mnist-onnx", "-u", triton.grpc_url, "--concurrency-range", "1:2", *SHORT, *LOOSE)
    assert done.returncode == 0, done.stderr
    rows = [re.findall(r"[\d.]+", line) for line in done.stdout.splitlines() if re.match(r" +\d+ \|", line)]
    assert [row[0] for row in rows] == ["1", "2"]
    for _, their_throughput, our_throughput, ratio, *others in rows:
        assert float(ratio) == pytest.approx(float(our_throughput) / float(their_throughput), abs=0.02)
        assert len(others) == 9  # latency, added, CPU: of both tools, and the ratio
    assert done.stdout.splitlines()[-1] == "perf_analyzer and loadgen agree."
    assert [line.split(": ")[1].split()[0] for line in done.stderr.splitlines()] == ["perf_analyzer", "loadgen"] * 2


def test_bounds_that_no_run_meets_are_a_disagreement(triton):
    impossible = ["--min-throughput-ratio", "50", "--max-throughput-ratio", "100"]
    done = compare("-m", "mnist-onnx", "-u", triton.grpc_url, *SHORT, *impossible)
    assert done.returncode == 1, done.stderr
    assert ", below 50." in done.stdout
    assert done.stdout.splitlines()[-1] == "perf_analyzer and loadgen disagree at concurrency 1."


def test_without_perf_analyzer_one_sentence_says_how_to_get_it(triton, tmp_path):
    # A Python outside of the environment's folder has no perf_analyzer beside it.
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    script = f"import sys; sys.executable = {str(python)!r}; from loadgen.cli.main import entry; entry()"
    command = [sys.executable, "-c", script, "compare", "-m", "mnist-onnx", "-u", triton.grpc_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={"PATH": str(tmp_path)})
    assert done.returncode == 99
    assert done.stdout == ""
    assert re.fullmatch(r"loadgen: perf_analyzer is neither on PATH nor in .*: `make setup` .*\n", done.stderr)


def test_what_perf_analyzer_says_of_its_failure_is_passed_on(triton):
    done = compare("-m", "mnist-onnx", "-u", triton.grpc_url, "-b", "4", *SHORT)
    assert done.returncode == 99
    assert done.stderr.startswith("loadgen: perf_analyzer failed with exit code 99: can not specify batch size > 1")


def test_a_wrong_model_is_named_before_anything_runs(triton):
    done = compare("-m", "no-such-model", "-u", triton.grpc_url)
    assert done.returncode == 99
    assert "no-such-model" in done.stderr
    assert done.stdout == ""
