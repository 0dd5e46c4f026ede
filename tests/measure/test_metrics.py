"""The server's metrics: what is read of their text, and what becomes of several readings."""

import pytest

from loadgen.measure.metrics import Metrics, Processor, parse_metrics, pooled

TWO_GPUS = """\
# HELP nv_gpu_utilization GPU utilization rate [0.0 - 1.0)
# TYPE nv_gpu_utilization gauge
nv_gpu_utilization{gpu_uuid="GPU-a"} 0.25
nv_gpu_utilization{gpu_uuid="GPU-b"} 0.5
nv_gpu_power_usage{gpu_uuid="GPU-a"} 55.125
nv_gpu_memory_used_bytes{gpu_uuid="GPU-a"} 1123456789.000000
nv_gpu_memory_total_bytes{gpu_uuid="GPU-a"} 1.6945512448e+10
nv_inference_count{model="m",version="1"} 7
nv_cpu_utilization 0.125
nv_cpu_memory_used_bytes 3000
nv_cpu_memory_total_bytes 8000
"""


def test_processors_are_read_from_the_text_and_the_rest_is_passed_over():
    gpus = {"GPU-a": Processor(0.25, 55.125, 1123456789, 16945512448), "GPU-b": Processor(utilization=0.5)}
    assert parse_metrics(TWO_GPUS) == Metrics(Processor(0.125, None, 3000, 8000), gpus)


@pytest.mark.parametrize(
    ("line", "gpus"),
    [
        pytest.param('nv_gpu_utilization{gpu_uuid="A",host="h"} 1', {"A": Processor(1.0)}, id="another label after it"),
        pytest.param('nv_gpu_utilization{host="h",gpu_uuid="A"} 1', {"A": Processor(1.0)}, id="another before it"),
        pytest.param('nv_gpu_utilization{gpu_uuid="A"} 1 1395066363000', {"A": Processor(1.0)}, id="a timestamp"),
        pytest.param('nv_gpu_utilization{gpu_uuid="A"} NaN', {}, id="no number"),
        pytest.param('nv_gpu_memory_used_bytes{gpu_uuid="A"} +Inf', {}, id="an endless number"),
        pytest.param('nv_gpu_utilization{gpu_uuid="A"} much', {}, id="a word"),
        pytest.param('nv_gpu_utilization{not_gpu_uuid="A"} 1', {}, id="a label that ends like it"),
        pytest.param("nv_gpu_utilization 1", {}, id="no label"),
        pytest.param('nv_gpu_energy{gpu_uuid="A"} 1', {}, id="another metric"),
        pytest.param('# nv_gpu_utilization{gpu_uuid="A"} 1', {}, id="a comment"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_a_line(line, gpus):
    assert parse_metrics(line) == Metrics(gpus=gpus)


def test_zeros_from_before_the_server_has_looked_are_not_known():
    text = "nv_cpu_utilization 0\nnv_cpu_memory_used_bytes 0\nnv_cpu_memory_total_bytes 0"
    assert parse_metrics(text) == Metrics()
    assert parse_metrics(text.replace("total_bytes 0", "total_bytes 8")).cpu == Processor(0.0, None, 0, 8)


def test_readings_are_pooled_to_mean_mean_maximum_and_first():
    first = Processor(utilization=0.25, power_w=50.0, memory_used_bytes=30, memory_total_bytes=100)
    second = Processor(utilization=0.75, power_w=70.0, memory_used_bytes=20, memory_total_bytes=99)
    expected = Processor(utilization=0.5, power_w=60.0, memory_used_bytes=30, memory_total_bytes=100)
    assert pooled([Metrics(first, {"A": first}), Metrics(second, {"A": second})]) == Metrics(expected, {"A": expected})


def test_a_figure_is_that_of_the_readings_that_tell_it():
    some = Metrics(gpus={"A": Processor(utilization=0.5)})
    more = Metrics(gpus={"A": Processor(power_w=9.0), "B": Processor(utilization=1.0)})
    gpus = {"A": Processor(utilization=0.5, power_w=9.0), "B": Processor(utilization=1.0)}
    assert pooled([Metrics(), some, more]) == Metrics(gpus=gpus)


def test_no_reading_is_not_known():
    assert pooled([]) is None
