"""A model's configuration as JSON."""

import pytest

from loadgen.triton.configuration import malformation


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dynamic_batching": {"delay": 1}}, 'ModelDynamicBatching" has no field named "delay"'),
        ({"instance_group": [{"count": "x"}]}, "Failed to parse count field"),
        ({"instance_group": [{"kind": "KIND_OF"}]}, "Invalid enum value KIND_OF"),
    ],
)
def test_what_is_no_configuration_is_told_in_a_line(fields, words):
    told = malformation(fields)
    assert words in told
    assert "\n" not in told


def test_a_configuration_has_nothing_wrong():
    assert malformation({"name": "m", "dynamic_batching": {"max_queue_delay_microseconds": "50"}}) == ""
