"""The benchmark's h2load sends what Triton takes for an inference."""

import shutil

import pytest

from benchmarks.h2load import h2load
from loadgen.load.target import Target
from loadgen.triton.control import control_plane

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("h2load") is None, reason="h2load is not installed (nghttp2-client)"),
]


def test_every_request_of_h2load_succeeds_by_the_servers_own_count(triton):
    target = Target(triton.grpc_url, "mnist-onnx")
    with control_plane(target) as control, h2load(target, control, duration_s=0.1) as tool:
        before = control.statistics()
        figures = tool.on_one_connection(4, control.statistics)  # raises when a request failed
        after = control.statistics()
    assert before is not None
    assert after is not None
    assert (after - before).success.count == 4000  # two runs of 2000
    assert figures.throughput > 0
    assert 0 < figures.adds_us < figures.latency_us
