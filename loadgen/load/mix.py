"""Several models under one load, each with its share of the requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Final

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.target import Target

MOST_WEIGHT: Final = 1000


@dataclass(frozen=True)
class Mix:
    """Several models on one server, among which the requests of a load are shared out.

        Mix({server.target("detector"): 3, server.target("classifier"): 1})

    The weights are whole numbers from 1 to 1000: of four requests three go to the first model here, and one to the
    second, evenly spread (`turns`). The load, so many in flight or per second, is that of all models together. `inputs`
    are what requests carry to the models of these names (`targets`), in place of the inputs of the run.

    Raises ConfigError for less than two models, for one that is there twice, for another weight, for targets that
    differ in more than the model, for the requests share their connections, and for inputs of none of the models.
    """

    weights: Mapping[Target, int]
    inputs: Mapping[str, Inputs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weights) < 2:
            raise ConfigError("Mix: give two models or more")
        for target, weight in self.weights.items():
            if not isinstance(weight, int) or not 1 <= weight <= MOST_WEIGHT:
                raise ConfigError(f'Mix: "{target.model}" has the weight {weight}: a whole number, 1 to {MOST_WEIGHT}')
            if replace(target, model=self.first.model, version="", composing_models=()) != self._server:
                raise ConfigError(f'Mix: "{target.model}" and "{self.first.model}" are not reached in the same way')
        if len(self.targets) < len(self.weights):
            raise ConfigError("Mix: a model is there twice")
        for name in self.inputs:
            if name not in self.targets:
                raise ConfigError(f'Mix: there are inputs of "{name}", which is none of {self}')

    def __str__(self) -> str:
        """Return the models with their weights, `detector:3, classifier:1`."""
        return ", ".join(f"{name}:{weight}" for name, weight in zip(self.targets, self.weights.values(), strict=True))

    @property
    def first(self) -> Target:
        """The model that is named first."""
        return next(iter(self.weights))

    @property
    def targets(self) -> Mapping[str, Target]:
        """Each model by its name, which a version follows if the target has one."""
        return {target.name: target for target in self.weights}

    @property
    def _server(self) -> Target:
        return replace(self.first, version="", composing_models=())


def turns(weights: Sequence[int]) -> list[int]:
    """Return whose turn it is, by place in `weights`, one turn after the other until all is as in the beginning.

    In these turns everybody comes as often as the weight says, and in those in between as nearly as can be. It is the
    smooth weighted round robin of nginx (ngx_http_upstream_round_robin.c): in each turn everybody gains the weight, and
    the one who has the most pays those of all. So 5, 1 and 1 are AABACAA, and not AAAAABC.
    """
    total = sum(weights)
    gained = [0] * len(weights)
    order = []
    for _ in range(total // gcd(*weights)):
        gained = [before + weight for before, weight in zip(gained, weights, strict=True)]
        richest = max(range(len(gained)), key=gained.__getitem__)
        gained[richest] -= total
        order.append(richest)
    return order
