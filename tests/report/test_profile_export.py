"""The export of requests and responses: perf_analyzer's form, and valid JSON whatever the tensors hold."""

import json

import numpy as np
import pytest

from loadgen.load.modes import Concurrency, FixedSchedule, PeriodicConcurrency
from loadgen.report.profile_export import Answered, Experiment, export_text, json_of, tensor_value
from loadgen.version import __version__


@pytest.mark.parametrize(
    ("datatype", "array", "value"),
    [
        pytest.param("INT32", np.array([[1, 2], [3, 4]], np.int32), [1, 2, 3, 4], id="a matrix is flat"),
        pytest.param("INT32", np.array([[7]], np.int32), 7, id="a single element stands by itself"),
        pytest.param("BOOL", np.array([True, False]), [True, False], id="truth values"),
        pytest.param("FP32", np.array([0.5, 0.1], np.float32), [0.5, 0.10000000149011612], id="FP32 as a double"),
        pytest.param("FP64", np.array([1.5]), 1.5, id="a single double"),
        pytest.param(
            "FP32", np.array([np.nan, 1, np.inf, -np.inf], np.float32), [None, 1, None, None], id="not finite"
        ),
        pytest.param("FP32", np.array([np.nan], np.float32), None, id="a single one that is not finite"),
        pytest.param("UINT64", np.array([2**64 - 1], np.uint64), 2**64 - 1, id="the largest integer"),
        pytest.param("FP16", np.array([1, 2], np.float16), None, id="half precision"),
        pytest.param("BF16", np.array([1, 2], np.uint16), None, id="the other half precision"),
        pytest.param("BYTES", np.array([b"hello"], object), "hello", id="a string"),
        pytest.param(
            "BYTES", np.array([b"a", b"world"], object), "a\5\0\0\0world", id="two strings with a length between"
        ),
        pytest.param("BYTES", np.array([b"\xff!"], object), "\ufffd!", id="a string that is not UTF-8"),
        pytest.param("BYTES", np.array([b""], object), "", id="an empty string"),
        pytest.param("INT32", np.array([], np.int32), "", id="an empty tensor"),
    ],
)
def test_a_tensor(datatype, array, value):
    written = tensor_value(datatype, array)

    assert written == value
    assert json.loads(json.dumps(written, allow_nan=False)) == value


def test_the_whole_file():
    """In the form of perf_analyzer's own, but with our version."""
    streamed = Answered(100, json_of({"IN": 7}), (110, 120, 125), ({"OUT": 0}, {"OUT": 1}, {"OUT": ""}))
    single = Answered(200, json_of({"IN": [1, 2]}), (210,), ({"OUT": [0.5, None]},))

    one = Experiment(Concurrency(1), [streamed, single], [90, 300])
    two = Experiment(Concurrency(2), [], [300, 400, 500])

    assert export_text([one, two]) == (
        '{"experiments":[{"experiment":{"mode":"concurrency","value":1},"requests":['
        '{"timestamp":100,"request_inputs":{"IN":7},"response_timestamps":[110,120,125],'
        '"response_outputs":[{"OUT":0},{"OUT":1},{"OUT":""}]},'
        '{"timestamp":200,"request_inputs":{"IN":[1,2]},"response_timestamps":[210],'
        '"response_outputs":[{"OUT":[0.5,null]}]}],"window_boundaries":[90,300]},'
        '{"experiment":{"mode":"concurrency","value":2},"requests":[],"window_boundaries":[300,400,500]}],'
        f'"version":"{__version__}","service_kind":"triton","endpoint":""}}'
    )


def test_a_periodic_load_stands_there_as_in_perf_analyzer():
    """Real runs of 24.10 have this mode, value and window, whatever the range."""
    (written,) = json.loads(export_text([Experiment(PeriodicConcurrency(2, 6, step=2), [], [300, 400])]))["experiments"]

    assert written["experiment"] == {"mode": "concurrency", "value": 1}
    assert written["window_boundaries"] == [0, 18446744073709551615]


def test_a_fixed_schedule_has_no_rate():
    """genai-perf looks for it by this very value."""
    assert '"experiment":{"mode":"request_rate","value":0.0}' in export_text([Experiment(FixedSchedule((0,)), [], [])])


def test_a_run_without_a_level():
    assert json.loads(export_text([]))["experiments"] == []
