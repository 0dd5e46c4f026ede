"""Studies on the real Triton: measured to the end, interrupted and resumed, and without their server."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

import loadgen
from loadgen import Axis, Concurrency, Study, Windows
from loadgen.load.target import Target
from loadgen.triton.control import control_plane
from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

# However busy the machine is: in windows so short one may be a hundred times another.
SHORT = ["-p", "50", "-s", "99999", "-r", "3", "--repeats", "0", "--concurrency-range", "1:2"]


@pytest.fixture(scope="module")
def server():
    """A Triton in explicit mode with the two models."""
    # After a refused configuration the server would wait for a model that it has not got.
    arguments = ["--load-model=mnist-onnx", "--load-model=mnist-onnx-batch", "--exit-timeout-secs=1"]
    with TritonServer(MODEL_REPOSITORY, explicit=True, extra_args=arguments) as server:
        yield server


def configuration(server, model="mnist-onnx"):
    with control_plane(Target(server.grpc_url, model)) as control:
        return control.configuration()


def command(url, output, *arguments, model="mnist-onnx"):
    return [sys.executable, "-m", "loadgen", "sweep", "-m", model, "-u", url, "--output", str(output), *arguments]


def sweep(*arguments, **named):
    return subprocess.run(command(*arguments, **named), capture_output=True, text=True, check=False, timeout=120)


def levels_in(folder):
    """Return (run, settings, concurrency) of each level in the journal."""
    entries = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()[1:]]
    return [(e["run"], dict(e["settings"]), e["level"]["load"]["value"]) for e in entries if "level" in e]


def test_a_study_measures_ranks_and_gives_the_original_configuration_back(server, tmp_path):
    before = configuration(server)
    axes = ["--instance-count", "2", "--set", "max_batch_size=8,many", "--one-at-a-time"]
    done = sweep(server.grpc_url, tmp_path, *axes, *SHORT)
    assert done.returncode == 0, done.stderr
    assert configuration(server) == before
    assert [(run, concurrency) for run, _, concurrency in levels_in(tmp_path)][:4] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    names = re.findall(r"^ *=?\d+  (original|instance-count 2) ", done.stdout, re.MULTILINE)
    assert sorted(names) == ["instance-count 2", "original"]
    # What the server does not take is a row with its own words, and the study went on after it.
    assert re.search(r"max_batch_size 8 has no place: load failed for model 'mnist-onnx'.* has dims", done.stdout)
    # Of this one Triton says no more than that it cannot read its repository.
    assert re.search(r"max_batch_size many has no place: .*: Failed to parse max_batch_size field", done.stdout)
    assert levels_in(tmp_path)[-1][1] == {}
    assert f"the report is {tmp_path / 'report.html'}" in done.stderr
    assert "has dims" in (tmp_path / "report.md").read_text()


def test_the_configuration_is_really_another_one(server, tmp_path):
    """The server's own counters show it: only with a batch of at most one is every request executed alone."""
    arguments = ["--max-batch-size", "1", *SHORT[:-1], "8"]
    done = sweep(server.grpc_url, tmp_path, *arguments, model="mnist-onnx-batch")
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()[1:]]
    counts = {str(dict(e["settings"])): e["level"]["server"] for e in entries}
    alone, joined = counts["{'max-batch-size': 1}"], counts["{}"]
    assert alone["execution_count"] == alone["inference_count"]
    assert joined["execution_count"] < joined["inference_count"]


def test_an_interrupted_study_goes_on_where_it_ended(server, tmp_path):
    before = configuration(server)
    arguments = ["--instance-count", "2", *SHORT]
    with subprocess.Popen(command(server.grpc_url, tmp_path, *arguments), stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "run 2 of" in line:
                break
        for line in process.stderr:
            if "concurrency 1" in line:
                process.send_signal(signal.SIGINT)
                break
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert configuration(server) == before
    first = levels_in(tmp_path)
    assert "The study is not finished" in (tmp_path / "report.md").read_text()
    assert first[:3] == [(1, {}, 1), (1, {}, 2), (2, {"instance-count": 2}, 1)]

    done = sweep(server.grpc_url, tmp_path, *arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert configuration(server) == before
    levels = levels_in(tmp_path)
    assert levels[: len(first)] == first
    assert len(set(map(str, levels))) == len(levels)  # nothing is measured twice
    assert levels[3:] == [(2, {"instance-count": 2}, 2), (3, {}, 1), (3, {}, 2)]

    other = sweep(server.grpc_url, tmp_path, "--instance-count", "2,4", *SHORT, "--resume")
    assert other.returncode == 99
    assert "is another one; resume it with the arguments it began with" in other.stderr


def test_the_library_ranks_too_and_goes_on_where_a_study_ended(server, tmp_path):
    before = configuration(server)
    study = Study((Axis("instance-count", (2,)),), repeats=0)

    def found(**options):
        windows = Windows(length_s=0.06, tolerance=999, at_most=3)
        return loadgen.sweep(server.target("mnist-onnx"), Concurrency(2), study, windows=windows, **options)

    first = found(output=tmp_path)
    assert [str(run.settings) for run in first.runs] == ["original", "instance-count 2", "original"]
    assert (first.is_finished, configuration(server)) == (True, before)
    assert "instance-count 2" in str(first)
    assert "load Concurrency 2" in (tmp_path / "report.md").read_text()

    journal = tmp_path / "journal.jsonl"
    begun = journal.read_text().splitlines(keepends=True)[:3]
    journal.write_text("".join(begun))
    again = found(output=tmp_path, resume=True)
    assert [run.settings for run in again.runs] == [run.settings for run in first.runs]
    assert journal.read_text().startswith("".join(begun))


def test_a_search_measures_a_part_of_the_grid_and_goes_on_where_it_ended(server, tmp_path):
    arguments = ["--instance-count", "1,2,3", "--search", "1", *SHORT[:-1], "1"]
    done = sweep(server.grpc_url, tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("1 of 3 configurations and 2 times the original one, at 1 levels each")
    assert "Measured: 1 of 3 configurations." in done.stdout
    levels = levels_in(tmp_path)
    assert [(run, bool(settings)) for run, settings, _ in levels] == [(1, False), (2, True), (3, False)]

    journal = tmp_path / "journal.jsonl"
    begun = journal.read_text().splitlines(keepends=True)[:2]
    journal.write_text("".join(begun))
    done = sweep(server.grpc_url, tmp_path, *arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert journal.read_text().startswith("".join(begun))
    assert levels_in(tmp_path) == levels  # the choice was the same


def test_over_http(server, tmp_path):
    before = configuration(server)
    done = sweep(server.http_url, tmp_path, "-i", "http", "--instance-count", "2", *SHORT[:-1], "1")
    assert done.returncode == 0, done.stderr
    assert {run for run, _, _ in levels_in(tmp_path)} == {1, 2, 3}
    assert configuration(server) == before


def test_a_path_that_the_configuration_does_not_have_is_told_before_anything_is_measured(server, tmp_path):
    done = sweep(server.grpc_url, tmp_path, "--set", "instance_group.5.count=1", *SHORT)
    assert done.returncode == 99
    assert done.stderr.startswith("loadgen: --set instance_group.5.count: the model's configuration has no 5 there")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_loads_no_models_on_demand_is_told(triton, tmp_path):
    done = sweep(triton.grpc_url, tmp_path, "--instance-count", "2", *SHORT)
    assert done.returncode == 99
    assert "start Triton with --model-control-mode=explicit" in done.stderr
    again = sweep(triton.grpc_url, tmp_path, "--instance-count", "2", *SHORT)
    assert "a study is there" not in again.stderr  # for nothing was measured


def test_a_killed_server_ends_the_study_and_nothing_measured_is_lost(tmp_path):
    arguments = ["--instance-count", "2", *SHORT]
    with TritonServer(MODEL_REPOSITORY, explicit=True, extra_args=["--load-model=mnist-onnx"]) as server:
        process = subprocess.Popen(
            command(server.grpc_url, tmp_path, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with process:
            for line in process.stderr:
                if "run 2 of" in line:
                    break
            for line in process.stderr:
                if "concurrency 1" in line:
                    os.kill(server.pid, signal.SIGKILL)
                    break
            out, err = process.communicate(timeout=60)
    assert process.returncode == 99
    assert "the model could not be given its original configuration again: cannot reach" in err
    assert "original" in out
    assert levels_in(tmp_path)[:3] == [(1, {}, 1), (1, {}, 2), (2, {"instance-count": 2}, 1)]
    assert '"failed"' not in (tmp_path / "journal.jsonl").read_text()  # the configuration is not to blame
