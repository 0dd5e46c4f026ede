"""A model that does not fit its configuration keeps the server from starting, and each is named with both sides."""

from pathlib import Path

import pytest

from loadgen.errors import ServerError
from loadgen.triton.server import TritonServer
from tests.live.small_models import write_total

pytestmark = pytest.mark.live

VALUES = 'input [ { name: "values" data_type: TYPE_FP32 dims: [ -1, -1 ] } ]'
TOTAL = 'output [ { name: "total" data_type: TYPE_FP32 dims: [ -1, 1 ] } ]'

WRONG = {
    "input-name": (
        f"{VALUES.replace('values', 'numbers')} {TOTAL}",
        "the inputs are 'numbers' in the configuration, 'values' in model.onnx",
    ),
    "output-name": (
        f"{VALUES} {TOTAL.replace('total', 'sum')}",
        "the outputs are 'sum' in the configuration, 'total' in model.onnx",
    ),
    "input-type": (
        f"{VALUES.replace('FP32', 'INT64')} {TOTAL}",
        "input 'values' is TYPE_INT64 in the configuration, TYPE_FP32 in model.onnx",
    ),
    "input-rank": (
        f"{VALUES.replace('[ -1, -1 ]', '[ -1 ]')} {TOTAL}",
        "input 'values' has dims [-1] in the configuration, [-1, -1] in model.onnx",
    ),
    "output-dims": (
        f"{VALUES} {TOTAL.replace('-1, 1', '-1, 3')}",
        "output 'total' has dims [-1, 3] in the configuration, [-1, 1] in model.onnx",
    ),
    "batch-dims": (
        f"max_batch_size: 4 {VALUES} {TOTAL.replace('-1, 1', '1')}",
        "input 'values' has dims [-1, -1, -1] (with the batch dimension) in the configuration, [-1, -1] in model.onnx",
    ),
    "file-name": (
        f'{VALUES} {TOTAL} default_model_filename: "other.onnx"',
        "there is no model file {folder}/file-name/1/other.onnx",
    ),
    "thread-count": (
        f'{VALUES} {TOTAL} parameters {{ key: "intra_op_thread_count" value {{ string_value: "two" }} }}',
        "the parameter intra_op_thread_count is 'two', which is not a whole number",
    ),
}


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The one error of a server with all the wrong models."""
    folder = tmp_path_factory.mktemp("wrong_models")
    for name, (config, _) in WRONG.items():
        write_total(folder, f'name: "{name}" platform: "onnxruntime_onnx" {config}')
    with pytest.raises(ServerError) as raised, TritonServer(folder):
        pytest.fail("started with wrong models")
    return str(raised.value).replace(str(folder), "{folder}")


@pytest.mark.parametrize("name", WRONG)
def test_a_model_is_refused_for_its(name: str, sentence: str):
    assert f"model '{name}': {WRONG[name][1]}" in sentence


def test_the_error_is_one_line_without_a_traceback(sentence: str):
    assert sentence.startswith("Triton did not start: model '")
    assert "\n" not in sentence
    assert "At:" not in sentence
    assert "Exception" not in sentence


def test_a_broken_configuration_is_named(tmp_path: Path):
    (tmp_path / "broken" / "1").mkdir(parents=True)
    (tmp_path / "broken" / "config.pbtxt").write_text("max_batch_size: many")

    with (
        pytest.raises(ServerError, match=r"^Triton did not start: model 'broken': .*Expected integer, got: many"),
        TritonServer(tmp_path),
    ):
        pytest.fail("started with a broken configuration")
