"""Of which models a model is composed, from configurations as Triton gives them."""

import pytest
from tritonclient.grpc import service_pb2

from loadgen.triton.composition import Composition, composition_of

ModelConfig = type(service_pb2.ModelConfigResponse().config)


def config(*steps):
    """Return the configuration of an ensemble of these (model, version), or of a plain model without any."""
    described = [{"model_name": model, "model_version": version} for model, version in steps]
    return ModelConfig(ensemble_scheduling={"step": described}) if steps else ModelConfig()


@pytest.mark.parametrize(
    ("steps", "parts"),
    [
        pytest.param([], (), id="a plain model"),
        pytest.param([("b", -1), ("a", -1)], (Composition("a"), Composition("b")), id="in alphabetical order"),
        pytest.param([("a", 2)], (Composition("a", "2"),), id="a version"),
        pytest.param([("a", -1), ("a", -1)], (Composition("a"),), id="a model that is two steps"),
        pytest.param(
            [("a", 1), ("a", 2)], (Composition("a", "1"), Composition("a", "2")), id="two versions of a model"
        ),
    ],
)
def test_the_steps_of_an_ensemble(steps, parts):
    found = composition_of(("m", "3"), config(*steps), config_of=lambda _: config())

    assert found == Composition("m", "3", parts)


def test_an_ensemble_within_an_ensemble():
    configs = {("inner", ""): config(("a", -1), ("b", 4)), ("a", ""): config(), ("b", "4"): config()}
    found = composition_of(("m", ""), config(("inner", -1)), config_of=configs.__getitem__)

    assert found == Composition("m", "", (Composition("inner", "", (Composition("a"), Composition("b", "4"))),))


def test_models_that_are_called_stand_beside_the_steps_and_may_be_ensembles_themselves():
    configs = {("a", ""): config(), ("inner", "1"): config(("b", -1)), ("b", ""): config()}
    called = [("inner", "1"), ("a", "")]
    found = composition_of(("m", ""), config(("a", -1)), config_of=configs.__getitem__, called=called)

    assert found == Composition("m", "", (Composition("a"), Composition("inner", "1", (Composition("b"),))))


@pytest.mark.parametrize(("batches_sequences", "takes_sequences"), [("inner", True), ("nobody", False)])
def test_a_model_takes_sequences_if_one_that_it_is_composed_of_does(batches_sequences, takes_sequences):
    configs = {("outer", ""): config(("inner", -1)), ("inner", ""): ModelConfig()}
    for (name, _), one in configs.items():
        if name == batches_sequences:
            one.sequence_batching.SetInParent()
    found = composition_of(("m", ""), config(("outer", -1)), config_of=configs.__getitem__)

    assert found.takes_sequences is takes_sequences
