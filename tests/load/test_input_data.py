import pytest

import loadgen
from loadgen.load.input_data import Inputs
from tests.load.sentences import sentence


def test_the_door_offers_it():
    assert loadgen.Inputs is Inputs


@pytest.mark.parametrize(
    ("values", "error"),
    [
        pytest.param(
            {"generate": "ones"},
            "--input-data ones: give random, zero, a file or a directory",
            id="neither random nor zero",
        ),
        pytest.param(
            {"generate": "zero", "files": ("a.json",)},
            "--input-data a.json: the input data is either zero or from files",
            id="both zero and a file",
        ),
        pytest.param({"batch_size": 0}, "-b 0: at least 1", id="an empty batch"),
        pytest.param({"string_length": 0}, "--string-length 0: at least 1", id="empty strings"),
        pytest.param(
            {"shapes": {"x": (3, 0)}}, "--shape x:3,0: every dimension is at least 1", id="a shape without elements"
        ),
        pytest.param(
            {"parameters": (("", 1),)},
            "--request-parameter :1: a parameter needs a name",
            id="a parameter without name",
        ),
        pytest.param(
            {"parameters": (("seed", 2**63),)},
            "--request-parameter seed:9223372036854775808: an integer has 64 bits at most",
            id="a parameter beyond 64 bits",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(values, error):
    assert sentence(Inputs, **values) == error
