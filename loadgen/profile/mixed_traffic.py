"""What a load sends to several models, whose requests take turns."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.mix import turns
from loadgen.load.model import Model
from loadgen.profile.by_model import ByModel
from loadgen.profile.plan import Plan
from loadgen.profile.traffic import KnownTraffic, Traffic, known_traffic

if TYPE_CHECKING:  # a run without a capture need not import it
    from loadgen.profile.capture import Capture


def mixed_traffic(plan: Plan, models: Mapping[str, Model], capture: "Capture | None") -> Traffic:
    """Return the requests to the models of `plan.mix`, by name; all of them are encoded here.

    Each model's are made as if it were the only one, and its replies are judged so. Models that have no inputs of their
    own have those of the plan, of whose shapes each takes those of its inputs. Raises ConfigError for what does not fit
    one of the models, with its name.
    """
    assert plan.mix is not None
    _check(plan, models)
    by_model, parts = ByModel(), list[KnownTraffic]()
    for name, target in plan.mix.targets.items():
        model = models[name]
        with _named(model):
            inputs = plan.mix.inputs.get(name) or _inputs_of(model, plan.inputs)
            own = replace(plan, target=target, mix=None, inputs=inputs)
            part = known_traffic(own, model, capture)
        by_model.add(name, part.requests, part.client.failure_of, is_decoupled=model.is_decoupled)
        parts.append(part)
    rounds = [cycle(part.requests) for part in parts]
    order = [rounds[place] for place in turns(list(plan.mix.weights.values()))]
    return Traffic(
        replace(parts[0].client, failure_of=by_model.failure_of, on_failed=by_model.add_failure),
        map(next, cycle(order)),
        next((part.stream_sizes for part in parts if part.stream_sizes), ()),
        tuple(region for part in parts for region in part.regions),
        by_model=by_model,
    )


@contextmanager
def _named(model: Model) -> Iterator[None]:
    """Have every sentence about what does not fit a model say which one."""
    try:
        yield
    except ConfigError as error:
        if f'"{model.name}"' in str(error):
            raise
        raise ConfigError(f'model "{model.name}": {error}') from None


def _check(plan: Plan, models: Mapping[str, Model]) -> None:
    assert plan.mix is not None
    for name, model in models.items():
        if model.is_sequence:
            raise ConfigError(f'"{name}" is a sequence model, which is not measured together with others')
    known = {spec.name for name, model in models.items() if name not in plan.mix.inputs for spec in model.inputs}
    for name in plan.inputs.shapes:
        if name not in known:
            raise ConfigError(f"--shape {name}: no model that this is for has such an input")


def _inputs_of(model: Model, inputs: Inputs) -> Inputs:
    names = {spec.name for spec in model.inputs}
    return replace(inputs, shapes={name: shape for name, shape in inputs.shapes.items() if name in names})
