"""Models of one or two operators, whose answers can be checked by hand, written into a model repository."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper


def write_model(
    repository: Path,
    config: str,
    *,
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    constants: Sequence[TensorProto] = (),
) -> None:
    """Write a model whose name is the first word in quotes of its configuration."""
    folder = repository / config.split('"')[1]
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(config)
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializer=constants)
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), folder / "1" / "model.onnx")


def fp32(name: str, *dims: int | str | None) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)


def write_arithmetic(repository: Path, config: str) -> None:
    """sum = a + b, difference = a - b; each FP32 of shape [n, 2]."""
    write_model(
        repository,
        config,
        nodes=[helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["difference"])],
        inputs=[fp32("a", "n", 2), fp32("b", "n", 2)],
        outputs=[fp32("sum", "n", 2), fp32("difference", "n", 2)],
    )


def write_total(repository: Path, config: str) -> None:
    """total = the sum of each row; FP32, [n, any] -> [n, 1]."""
    write_model(
        repository,
        config,
        nodes=[helper.make_node("ReduceSum", ["values", "axis"], ["total"])],
        inputs=[fp32("values", "n", "m")],
        outputs=[fp32("total", "n", 1)],
        constants=[numpy_helper.from_array(np.array([1], np.int64), "axis")],
    )


def write_pick(repository: Path, config: str) -> None:
    """value = (10, 20, 30)[index]; INT64 [n, 1] -> INT32 [n, 1]. An index outside makes the run fail."""
    write_model(
        repository,
        config,
        nodes=[helper.make_node("Gather", ["table", "index"], ["value"])],
        inputs=[helper.make_tensor_value_info("index", TensorProto.INT64, ["n", 1])],
        outputs=[helper.make_tensor_value_info("value", TensorProto.INT32, ["n", 1])],
        constants=[numpy_helper.from_array(np.array([10, 20, 30], np.int32), "table")],
    )


def write_echo(repository: Path, config: str) -> None:
    """echo = text; STRING [n, 2]."""
    write_model(
        repository,
        config,
        nodes=[helper.make_node("Identity", ["text"], ["echo"])],
        inputs=[helper.make_tensor_value_info("text", TensorProto.STRING, ["n", 2])],
        outputs=[helper.make_tensor_value_info("echo", TensorProto.STRING, ["n", 2])],
    )
