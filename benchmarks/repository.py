"""The models that the benchmark is run on, in a temporary model repository."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnx import TensorProto, helper

MNIST = "mnist-onnx"
CACHED_MNIST = "mnist-onnx-cached"
IMAGE = "image-mean"

_REPOSITORY = Path(__file__).parents[1] / "model_repository"
_IMAGE_CONFIG = f"""\
name: "{IMAGE}"
platform: "onnxruntime_onnx"
max_batch_size: 0
input [ {{ name: "image" data_type: TYPE_FP32 dims: [ 1, 3, 224, 224 ] }} ]
output [ {{ name: "mean" data_type: TYPE_FP32 dims: [ 1, 3, 1, 1 ] }} ]
instance_group [ {{ kind: KIND_CPU count: 1 }} ]
"""


@contextmanager
def model_repository() -> Iterator[Path]:
    """Yield a repository with the MNIST model twice, once with Triton's response cache, and the mean of an image."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy_mnist(folder / MNIST)
        _copy_mnist(folder / CACHED_MNIST, "response_cache { enable: true }\n")
        _write_image_mean(folder / IMAGE)
        yield folder


def _copy_mnist(folder: Path, addition: str = "") -> None:
    shutil.copytree(_REPOSITORY / MNIST, folder)
    config = folder / "config.pbtxt"
    config.write_text(config.read_text().replace(f'"{MNIST}"', f'"{folder.name}"') + addition)


def _write_image_mean(folder: Path) -> None:
    """Write a model that takes 602 kB and does next to nothing with it, so that what counts is their way."""
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(_IMAGE_CONFIG)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 224, 224])
    mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, 3, 1, 1])
    graph = helper.make_graph([helper.make_node("GlobalAveragePool", ["image"], ["mean"])], IMAGE, [image], [mean])
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), folder / "1" / "model.onnx")
