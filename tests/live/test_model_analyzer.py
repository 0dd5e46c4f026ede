"""NVIDIA's Model Analyzer loads models into the real Triton and lets loadgen measure them, in perf_analyzer's place."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from loadgen.triton.server import TritonServer
from tests.live.consumers import PROGRAMS, needs_consumers
from tests.live.side_by_side import OURS
from tests.live.slow_models import write_slow

pytestmark = [pytest.mark.live, needs_consumers]

# All that Model Analyzer reads in the CSV file of perf_analyzer, on a machine without a GPU.
FIGURES = [
    "perf_throughput",
    "perf_latency_avg",
    "perf_latency_p90",
    "perf_latency_p95",
    "perf_latency_p99",
    "perf_client_send_recv",
    "perf_client_response_wait",
    "perf_server_queue",
    "perf_server_compute_input",
    "perf_server_compute_infer",
    "perf_server_compute_output",
]


KNOWN = ("gpu_", "Requested top", "CPU metric(s) are not being collected")
"""What Model Analyzer warns of: there is no GPU here, and there are fewer configurations than it would like to show."""


def settings(server: TritonServer, repository: Path) -> dict:
    """Return Model Analyzer's configuration: a model of 10 ms as it is and, beside that, with two instances.

    No request ends in windows of 1 ms, so that Model Analyzer has to try again with longer ones. However busy the
    machine is, those are stable.
    """
    return {
        "triton_launch_mode": "remote",
        "triton_grpc_endpoint": server.grpc_url,
        "triton_http_endpoint": server.http_url,
        "triton_metrics_url": f"http://{server.metrics_url}/metrics",
        "model_repository": str(repository),
        "perf_analyzer_path": OURS,
        "export_path": str(repository.parent),
        "checkpoint_directory": str(repository.parent),
        "duration_seconds": 1,
        "skip_detailed_reports": True,
        "inference_output_fields": ["model_name", "concurrency", "instance_group", *FIGURES],
        "perf_analyzer_flags": {
            "measurement-mode": "time_windows",
            "measurement-interval": 1,
            "stability-percentage": 99999,
        },
        "concurrency": [2],
        "profile_models": {
            "10ms": {"model_config_parameters": {"instance_group": [{"kind": "KIND_CPU", "count": [2]}]}},
        },
    }


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, str]]]:
    """Return what Model Analyzer said, and the rows of its table."""
    folder = tmp_path_factory.mktemp("model_analyzer")
    write_slow(folder / "repository", "10ms", delay_s=0.01)
    with TritonServer(folder / "repository", explicit=True) as server:
        file = folder / "settings.yaml"
        file.write_text(json.dumps(settings(server, folder / "repository")))  # JSON is YAML
        command = [PROGRAMS / "model-analyzer", "profile", "-v", "-f", file]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    with (folder / "results" / "metrics-model-inference.csv").open(newline="") as table:
        return said, list(csv.DictReader(table))


def test_every_configuration_that_it_loads_has_its_figures(profiled):
    _, rows = profiled
    assert sorted(row["Instance Group"] for row in rows) == ["1:CPU", "2:CPU"]
    for row in rows:
        figures = {title: float(cell) for title, cell in row.items() if "(" in title}
        assert len(figures) == len(FIGURES)
        instances = float(row["Instance Group"].removesuffix(":CPU"))
        # Two in flight. Once in a while a busy machine stops everything, which is not what is tested here.
        assert figures["Throughput (infer/sec)"] == pytest.approx(100 * instances, rel=0.2)
        assert figures["Avg Latency (ms)"] == pytest.approx(20 / instances, rel=0.2)
        assert figures["p90 Latency (ms)"] <= figures["p95 Latency (ms)"] <= figures["p99 Latency (ms)"]
        assert figures["Server Compute Infer time (ms)"] == pytest.approx(10, rel=0.2)


def test_windows_that_are_too_short_are_tried_again_in_longer_ones(profiled):
    said, rows = profiled
    assert said.count("measurement window is too small, increased to 1001 ms") == len(rows)


def test_it_has_nothing_to_complain_of(profiled):
    said, _ = profiled
    complaints = [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line]
    assert [line for line in complaints if not any(known in line for known in KNOWN)] == []
