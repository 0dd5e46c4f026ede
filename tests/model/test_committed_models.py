"""The models that the repository carries: what the demo serves without torch."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInstanceGroup

from model.data import load_split

REPOSITORY = Path(__file__).parents[2] / "model_repository"
NAMES = ["mnist-onnx", "mnist-onnx-batch"]


def session(name):
    path = REPOSITORY / name / "1" / "model.onnx"
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def config(name):
    return text_format.Parse((REPOSITORY / name / "config.pbtxt").read_text(), ModelConfig())


@pytest.fixture(scope="module")
def held_out():
    return load_split(None).held_out


@pytest.mark.parametrize(
    ("name", "input_shape", "output_shape"),
    [("mnist-onnx", [1, 1, 28, 28], [1, 10]), ("mnist-onnx-batch", ["batch", 1, 28, 28], ["batch", 10])],
    ids=NAMES,
)
def test_tensors_have_the_documented_names_types_and_shapes(name, input_shape, output_shape):
    (model_input,), (model_output,) = session(name).get_inputs(), session(name).get_outputs()
    assert (model_input.name, model_input.type, model_input.shape) == ("input.1", "tensor(float)", input_shape)
    assert (model_output.name, model_output.type, model_output.shape) == ("predictions", "tensor(float)", output_shape)


def test_the_batch_model_classifies_the_held_out_digits(held_out):
    (scores,) = session("mnist-onnx-batch").run(["predictions"], {"input.1": held_out.images.numpy()})
    assert (scores.argmax(axis=1) == held_out.labels.numpy()).mean() >= 0.97


def test_both_models_give_the_same_scores(held_out):
    images = held_out.images[:20].numpy()
    single = session("mnist-onnx")
    one_by_one = [single.run(["predictions"], {"input.1": images[i : i + 1]})[0] for i in range(len(images))]
    (together,) = session("mnist-onnx-batch").run(["predictions"], {"input.1": images})
    np.testing.assert_allclose(np.concatenate(one_by_one), together, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_one_that_older_runtimes_read_and_tells_nothing_of_its_maker(name):
    model = onnx.load(REPOSITORY / name / "1" / "model.onnx", load_external_data=False)
    assert model.ir_version <= 10  # what ONNX Runtime 1.19 of NVIDIA's container 24.10 reads
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    assert not any(weights.external_data for weights in model.graph.initializer)
    assert not model.doc_string + model.graph.doc_string + "".join(node.doc_string for node in model.graph.node)
    assert not model.metadata_props
    assert not any(node.metadata_props for node in model.graph.node)


@pytest.mark.parametrize(
    ("name", "max_batch_size", "input_dims", "output_dims"),
    [("mnist-onnx", 0, [1, 1, 28, 28], [1, 10]), ("mnist-onnx-batch", 32, [1, 28, 28], [10])],
    ids=NAMES,
)
def test_the_config_serves_the_model_on_one_cpu_instance(name, max_batch_size, input_dims, output_dims):
    served = config(name)
    assert (served.name, served.platform, served.max_batch_size) == (name, "onnxruntime_onnx", max_batch_size)
    assert [(tensor.name, list(tensor.dims)) for tensor in served.input] == [("input.1", input_dims)]
    assert [(tensor.name, list(tensor.dims)) for tensor in served.output] == [("predictions", output_dims)]
    (group,) = served.instance_group
    assert (group.kind, group.count) == (ModelInstanceGroup.KIND_CPU, 1)
    assert served.HasField("dynamic_batching") == (name == "mnist-onnx-batch")
