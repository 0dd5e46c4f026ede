"""Loads that a model cannot be given."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.modes import Concurrency, FixedSchedule, PeriodicConcurrency, Replay
from loadgen.profile.fit import require_fit

PERIODIC, FIXED = PeriodicConcurrency(1, 2), FixedSchedule((0, 1))
ORDERED = "is a sequence model, whose requests have their own order"


@pytest.mark.parametrize(
    ("load", "kind", "sentence"),
    [
        (PERIODIC, {}, '--periodic-concurrency-range: model "m" is not decoupled, and has one response to a request'),
        (PERIODIC, {"is_sequence": True}, f'--periodic-concurrency-range: model "m" {ORDERED}'),
        (FIXED, {"is_sequence": True}, f'--fixed-schedule: model "m" {ORDERED}'),
    ],
)
def test_a_load_that_does_not_fit_the_model_is_refused(load, kind, sentence):
    with pytest.raises(ConfigError) as caught:
        require_fit(load, Model("m", 0, (), (), **kind))

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("load", "kind"),
    [
        (PERIODIC, {"is_decoupled": True}),
        (FIXED, {}),
        (FIXED, {"is_decoupled": True}),
        (Concurrency(1), {"is_sequence": True}),
        (Replay((0, 1)), {"is_sequence": True}),
    ],
)
def test_other_loads_are_for_every_model(load, kind):
    require_fit(load, Model("m", 0, (), (), **kind))
