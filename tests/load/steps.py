"""The steps of a load without what else is known of its input data."""

from collections.abc import Sequence

from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.steps import Step, input_steps


def steps_of(model: Model, inputs: Inputs) -> Sequence[Step]:
    return input_steps(model, inputs).steps
