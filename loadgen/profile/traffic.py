"""What a load sends, and who sends it, once the model is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from loadgen.engine.client import Client
from loadgen.errors import LoadgenError
from loadgen.load.model import Model
from loadgen.load.steps import drawn_steps, input_steps
from loadgen.profile.client import client_for, encoder_for, outputs_reader, requests_for, validating_client_for
from loadgen.profile.plan import Plan

if TYPE_CHECKING:  # a run without a capture need not import it
    from loadgen.profile.capture import Capture


@dataclass(frozen=True)
class Traffic:
    """The requests of a load, one after the other, and the client that sends them and judges the replies.

    `stream_sizes` is how many inferences each stream of the input files holds; nothing without files.
    """

    client: Client
    requests: Iterator[Any]
    stream_sizes: tuple[int, ...] = ()


def known_traffic(plan: Plan, model: Model, capture: "Capture | None") -> Traffic:
    """Return what goes round: all of it is encoded here. Raises ConfigError for what does not fit the model."""
    target, transport, data = plan.target, plan.transport, input_steps(model, plan.inputs)
    steps = data.steps
    inputs = [step.inputs for step in steps]
    requests = requests_for(target, transport, model, inputs, parameters=plan.inputs.parameters)
    client = _telling(validating_client_for(target, transport, requests, steps), plan)
    if capture is not None:
        sent = list(zip(requests, steps, strict=True))
        client = capture.watch(client, model, outputs_of=outputs_reader(target, transport), sent=sent)
    return Traffic(client, cycle(requests), data.stream_sizes)


def drawn_traffic(plan: Plan, model: Model, on_error: Callable[[LoadgenError], object]) -> Traffic:
    """Return what is made up while the load runs; it ends when something is wrong, of which `on_error` is told."""
    from loadgen.profile.drawn import Drawn  # noqa: PLC0415 - most runs need not pay for it

    encode = encoder_for(plan.target, plan.transport, model, plan.inputs.parameters)
    requests = Drawn(drawn_steps(model, plan.inputs), encode, on_error)
    return Traffic(_telling(client_for(plan.target, plan.transport), plan), requests)


def _telling(client: Client, plan: Plan) -> Client:
    """Return the client, of which the caller gets the outputs if he wants them."""
    if plan.on_outputs is None:
        return client
    from loadgen.profile.hook import telling  # noqa: PLC0415 - as above

    return telling(client, outputs_reader(plan.target, plan.transport), plan.on_outputs)
