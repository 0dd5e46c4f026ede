"""Several models that share a load, on the real Triton: who got what, by our account and by the server's own."""

import csv
import json
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import loadgen
from loadgen import Concurrency, LoadMode, Mix, RequestRate, Transport, TritonServer, Windows
from loadgen.cli.main import main
from loadgen.measure.summary import sorted_latencies_ns
from loadgen.profile.server_counters import read_counters
from loadgen.profile.settled import settled
from loadgen.triton.control import control_plane

pytestmark = pytest.mark.live

MODELS = ("mnist-onnx", "mnist-onnx-batch")
SHORT = Windows(length_s=0.2, tolerance=99.0)


def mix(triton: TritonServer, protocol="grpc") -> Mix:
    return Mix(dict(zip((triton.target(name, protocol=protocol) for name in MODELS), (3, 1), strict=True)))


def counted(triton: TritonServer) -> Counter[str]:
    """Return how many requests the server has answered, by model."""
    with control_plane(triton.target(MODELS[0])) as one, control_plane(triton.target(MODELS[1])) as other:
        counters = settled(partial(read_counters, dict(zip(MODELS, (one, other), strict=True))))
    return Counter({name: model.success.count for name, model in counters.items() if model is not None})


@pytest.mark.parametrize("load", [Concurrency(4), RequestRate(300)], ids=["closed", "open"])
@pytest.mark.parametrize(
    ("protocol", "transport"),
    [
        pytest.param("grpc", Transport(), id="grpc"),
        pytest.param("http", Transport(), id="http"),
        pytest.param("grpc", Transport(client="grpcio"), id="grpcio"),
    ],
)
def test_three_requests_of_four_go_to_the_one_and_one_to_the_other(
    triton: TritonServer, load: LoadMode, protocol, transport: Transport
):
    before = counted(triton)
    report = loadgen.run(mix(triton, protocol), load, transport=transport, request_count=40)
    after = counted(triton)

    models = report.level.models
    assert {name: model.request_count for name, model in models.items()} == {"mnist-onnx": 30, "mnist-onnx-batch": 10}
    assert {name: model.summary.server.success.count for name, model in models.items()} == after - before
    assert after - before == {"mnist-onnx": 30, "mnist-onnx-batch": 10}
    assert report.level.summary.server.success.count == 40


@pytest.mark.parametrize("load", [Concurrency(3), RequestRate(300)], ids=["closed", "open"])
def test_in_windows_all_together_is_the_sum_of_its_models(triton: TritonServer, load: LoadMode):
    level = loadgen.run(mix(triton), load, windows=SHORT).level
    models = list(level.models.values())

    assert level.request_count == sum(model.request_count for model in models)
    assert level.throughput == pytest.approx(sum(model.throughput for model in models))
    latencies_ns = np.concatenate([sorted_latencies_ns(model.windows) for model in models])
    assert np.array_equal(sorted_latencies_ns(level.windows), np.sort(latencies_ns))
    for trial in level.trials if isinstance(load, Concurrency) else ():
        # A window begins and ends with three in flight.
        assert abs(trial.models["mnist-onnx"].request_count - 0.75 * trial.request_count) <= 6
    assert all(model.summary.adds_us is not None for model in models)


def test_the_command_line_tells_of_all_and_of_each(triton: TritonServer, tmp_path: Path, capsys):
    table, document, export = (str(tmp_path / name) for name in ("levels.csv", "run.json", "requests.json"))
    command = ["-m", "mnist-onnx:3", "-m", "mnist-onnx-batch", "-u", triton.grpc_url, "--request-count", "40"]

    assert main([*command, "-f", table, "--json", document, "--profile-export-file", export]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "  Models, with their weights: mnist-onnx:3, mnist-onnx-batch:1" in lines
    assert [line for line in lines if "equest count" in line] == [
        "    Request count: 40",
        "    Successful request count: 40",
        "      Request count: 30",
        "      Successful request count: 30",
        "      Request count: 10",
        "      Successful request count: 10",
    ]
    (level,) = json.loads(Path(document).read_text())["levels"]
    assert [(model["model"], model["request_count"]) for model in level["models"]] == [
        ("mnist-onnx", 30),
        ("mnist-onnx-batch", 10),
    ]
    rates = [
        float(row["Inferences/Second"])
        for name in ("levels.csv", "mnist-onnx.levels.csv", "mnist-onnx-batch.levels.csv")
        for row in csv.DictReader((tmp_path / name).read_text().splitlines())
    ]
    assert rates[0] == pytest.approx(sum(rates[1:]), rel=1e-3)
    (experiment,) = json.loads(Path(export).read_text())["experiments"]
    assert Counter(request["model"] for request in experiment["requests"]) == {"mnist-onnx": 30, "mnist-onnx-batch": 10}


def test_each_may_have_data_of_its_own(triton: TritonServer, tmp_path: Path):
    export, data = tmp_path / "requests.json", tmp_path / "data.json"
    data.write_text(json.dumps({"data": [{"input.1": {"content": [0.5] * 784, "shape": [1, 1, 28, 28]}}]}))
    command = ["-m", "mnist-onnx:3", "-m", "mnist-onnx-batch", "-u", triton.grpc_url, "--request-count", "8", "-b", "1"]
    own = ["--input-data", f"mnist-onnx={data}", "--input-data", "mnist-onnx-batch=zero"]

    assert main([*command, *own, "--profile-export-file", str(export), "--ui", "none"]) == 0

    (experiment,) = json.loads(export.read_text())["experiments"]
    carried = Counter((request["model"], request["request_inputs"]["input.1"][0]) for request in experiment["requests"])
    assert carried == {("mnist-onnx", 0.5): 6, ("mnist-onnx-batch", 0.0): 2}


def test_shared_memory_is_that_of_each_model(triton: TritonServer):
    transport = Transport(shared_memory="system")
    report = loadgen.run(mix(triton), Concurrency(2), transport=transport, request_count=8)

    assert [model.request_count for model in report.level.models.values()] == [6, 2]


def test_what_does_not_fit_one_of_the_models_is_told_with_its_name(triton: TritonServer, tmp_path: Path):
    with pytest.raises(loadgen.ConfigError, match=r'^-b 2: model "mnist-onnx" does not batch'):
        loadgen.run(mix(triton), Concurrency(1), inputs=loadgen.Inputs(batch_size=2))
    data = tmp_path / "data.json"
    data.write_text('{"data": [{"input.1": {"content": [1], "shape": [1]}}]}')
    wrong = {"mnist-onnx-batch": loadgen.Inputs(files=(str(data),))}
    with pytest.raises(loadgen.ConfigError, match=r'^model "mnist-onnx-batch": --input-data '):
        loadgen.run(replace(mix(triton), inputs=wrong), Concurrency(1))
    with pytest.raises(loadgen.ConfigError, match=r"^--shape other: no model that this is for has such an input$"):
        loadgen.run(mix(triton), Concurrency(1), inputs=loadgen.Inputs(shapes={"other": (1,)}))
