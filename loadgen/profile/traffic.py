"""What a load sends, and who sends it, once the model is known."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from loadgen.engine.client import Client
from loadgen.errors import ConfigError, LoadgenError
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.sequence_options import Sequences
from loadgen.load.steps import Step, drawn_steps, input_steps, stream_steps
from loadgen.profile.client import client_for, encoder_for, former_for, outputs_reader, validating_client_for
from loadgen.profile.plan import Plan
from loadgen.profile.sent import Sent

if TYPE_CHECKING:  # a run without a capture need not import it
    from loadgen.profile.by_model import ByModel
    from loadgen.profile.capture import Capture
    from loadgen.profile.sequence_requests import SequenceRequests


@dataclass(frozen=True)
class Traffic:
    """The requests of a load, one after the other, and the client that sends them and judges the replies.

    `stream_sizes` is how many inferences each stream of the input files holds; nothing without files. `regions` are the
    shared memory that the requests speak of, and have to be shared while they are sent. `sequences` are the requests
    where they form some, and `by_model` tells those of several models apart.
    """

    client: Client
    requests: Iterator[Any]
    stream_sizes: tuple[int, ...] = ()
    regions: tuple[Region, ...] = ()
    sequences: "SequenceRequests | None" = None
    by_model: "ByModel | None" = None


@dataclass(frozen=True)
class KnownTraffic:
    """The same of requests that are all known, and go round."""

    client: Client
    requests: Sequence[Any]
    stream_sizes: tuple[int, ...]
    regions: tuple[Region, ...]

    def around(self) -> Traffic:
        """Return them as they are sent, over and over again."""
        return Traffic(self.client, cycle(self.requests), self.stream_sizes, self.regions)


def known_traffic(plan: Plan, model: Model, capture: "Capture | None") -> KnownTraffic:
    """Return what goes round: all of it is encoded here. Raises ConfigError for what does not fit the model."""
    target, transport, data = plan.target, plan.transport, input_steps(model, plan.inputs)
    steps = data.steps
    region = None if transport.shared_memory is None else _region(plan, model, steps)
    encode = encoder_for(target, transport, model, plan.inputs.parameters, region)
    requests = [encode(step.inputs) for step in steps]
    sent_as = {
        request: Sent(step, f"step {number}")
        for number, (request, step) in enumerate(zip(requests, steps, strict=True))
    }.__getitem__
    client = _watching_client(plan, model, steps, sent_as=sent_as, capture=capture)
    return KnownTraffic(client, requests, data.stream_sizes, () if region is None else (region,))


def sequence_traffic(plan: Plan, model: Model, capture: "Capture | None") -> Traffic:
    """Return what is sent to a sequence model. Raises ConfigError for what does not fit it."""
    # Most runs need none of them.
    from loadgen.load.sequences import OpenSequences  # noqa: PLC0415
    from loadgen.profile.sequence_requests import SequenceRequests  # noqa: PLC0415

    transport, data = plan.transport, stream_steps(model, plan.inputs)
    steps = [step for stream in data.streams for step in stream]
    region = None if transport.shared_memory is None else _region(plan, model, steps)
    form_of = former_for(plan.target, transport, model, plan.inputs.parameters, region)
    forms = [[form_of(step.inputs) for step in stream] for stream in data.streams]
    sequences = OpenSequences(
        plan.sequences or Sequences(), list(map(len, data.streams)), has_own_length=data.has_own_length
    )
    requests = SequenceRequests(sequences, data.streams, forms)
    client = _watching_client(plan, model, steps, sent_as=requests.sent_as, capture=capture)
    regions = () if region is None else (region,)
    return Traffic(requests.watch(client), requests, data.stream_sizes, regions, requests)


def drawn_traffic(plan: Plan, model: Model, on_error: Callable[[LoadgenError], object]) -> Traffic:
    """Return what is made up while the load runs; it ends when something is wrong, of which `on_error` is told."""
    from loadgen.profile.drawn import Drawn  # noqa: PLC0415 - most runs need not pay for it

    encode = encoder_for(plan.target, plan.transport, model, plan.inputs.parameters)
    requests = Drawn(drawn_steps(model, plan.inputs), encode, on_error)
    return Traffic(_telling(client_for(plan.target, plan.transport), plan), requests)


def _region(plan: Plan, model: Model, steps: Sequence[Step]) -> Region:
    """Return a region for the tensors of the requests, still empty of inputs."""
    if any(step.expected for step in steps):
        raise ConfigError(
            "--shared-memory system: all requests have their outputs written to the same place, where they cannot be "
            "compared with the validation data"
        )
    from loadgen.triton.shared_memory import region_name  # noqa: PLC0415 - as above

    batch_size = plan.inputs.batch_size if model.max_batch_size else 1
    return Region(region_name(), model, batch_size=batch_size, output_size=plan.transport.output_shared_memory_size)


def _watching_client(
    plan: Plan,
    model: Model,
    steps: Sequence[Step],
    *,
    sent_as: Callable[[Any], Sent],
    capture: "Capture | None",
) -> Client:
    """Return the client for requests that are known; `sent_as` tells what each of them stands for."""
    target, transport = plan.target, plan.transport
    client = _telling(validating_client_for(target, transport, steps, sent_as), plan)
    if capture is None:
        return client
    return capture.watch(client, model, name=target.name, outputs_of=outputs_reader(target, transport), sent_as=sent_as)


def _telling(client: Client, plan: Plan) -> Client:
    """Return the client, of which the caller gets the outputs if he wants them."""
    if plan.on_outputs is None:
        return client
    from loadgen.profile.hook import telling  # noqa: PLC0415 - as above

    return telling(client, outputs_reader(plan.target, plan.transport), plan.on_outputs)
