"""Models to be loaded, of which nothing but the description exists."""

from loadgen.load.model import Model
from loadgen.load.tensors import TensorSpec


def model(*shape, datatype="FP32", max_batch_size=0, name="x"):
    """A model with one input."""
    return Model("m", max_batch_size, (TensorSpec(name, datatype, shape),), ())


PAIR = Model(
    "pair",
    max_batch_size=0,
    inputs=(TensorSpec("a", "INT32", (2,)), TensorSpec("b", "INT32", (2,), optional=True)),
    outputs=(TensorSpec("sum", "INT32", (2,)), TensorSpec("text", "BYTES", (-1,))),
)
"""Two inputs, of which one is optional, and two outputs, of which one has a dynamic dimension."""
