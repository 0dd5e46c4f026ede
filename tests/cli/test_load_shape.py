"""--load: a rate that changes, or recorded instants."""

import pytest

from loadgen.cli.parser import parse
from loadgen.errors import ConfigError
from loadgen.load.modes import LoadShape, Replay
from loadgen.units import seconds
from tests.cli.conftest import sentence


def load_of(*arguments):
    return parse(["-m", "m", *arguments]).load_at(1)


def test_a_shape_is_taken_with_what_else_is_said_of_the_load():
    shape = "ramp 1..9/s over 2s, hold 1s"
    assert load_of("--load", shape) == LoadShape(shape)
    assert load_of(
        "--load", shape, "--request-distribution", "poisson", "--seed", "4", "--max-in-flight", "2"
    ) == LoadShape(shape, arrivals="poisson", seed=4, max_in_flight=2)


def test_recorded_instants_count_from_the_first(tmp_path):
    (tmp_path / "log").write_text("1700000000.5\n1700000000.75\n1700000002\n")
    assert load_of("--load", f"replay {tmp_path / 'log'}") == Replay((0, seconds(0.25), seconds(1.5)))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("1\nsoon\n", "give a number of seconds on each line"),
        ("2\n1\n", "Replay: give instants of at least 0 ns, in ascending order"),
        ("", "Replay: give instants of at least 0 ns, in ascending order"),
    ],
)
def test_other_instants_are_refused(tmp_path, content, error):
    (tmp_path / "log").write_text(content)
    assert parse_error(f"replay {tmp_path / 'log'}").endswith(error)


def parse_error(shape):
    with pytest.raises(ConfigError) as caught:
        load_of("--load", shape)
    return str(caught.value)


def test_another_text_is_refused_with_the_option():
    assert parse_error("jump 3/s").startswith('--load jump 3/s: "jump 3/s" is no phase; give phases such as ')
    assert parse_error("replay nowhere") == "--load nowhere: there is no such file"


def test_a_shape_is_the_only_load():
    assert sentence("--load hold --request-count 4").startswith("--load hold: ")
    assert parse_error_of("--request-rate-range", "5") == "this does not go with --request-rate-range"


def parse_error_of(*arguments):
    with pytest.raises(ConfigError) as caught:
        load_of("--load", "hold 5/s for 1s", *arguments)
    return str(caught.value).partition("1s: ")[2]
