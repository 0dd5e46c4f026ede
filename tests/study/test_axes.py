"""What a setting changes in a configuration."""

import pytest

from loadgen.errors import ConfigError
from loadgen.study.axes import ORIGINAL, Axis, Settings, configured, grid

CONFIG = {
    "name": "m",
    "max_batch_size": 32,
    "instance_group": [{"name": "m_0", "count": 1}, {"name": "m_1", "count": 2}],
    "dynamic_batching": {"preferred_batch_size": [4, 32]},
    "parameters": {"threads": {"string_value": "1"}},
}


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("instance-count", 4, "instance_group", [{"name": "m_0", "count": 4}, {"name": "m_1", "count": 4}]),
        (
            "max-queue-delay",
            50,
            "dynamic_batching",
            {"preferred_batch_size": [4, 32], "max_queue_delay_microseconds": 50},
        ),
        ("preferred-batch-size", 8, "dynamic_batching", {"preferred_batch_size": [8]}),
        ("dynamic-batching", "off", "dynamic_batching", None),
        ("dynamic-batching", "on", "dynamic_batching", {"preferred_batch_size": [4, 32]}),
        ("max-batch-size", 8, "max_batch_size", 8),
        ("max-batch-size", 8, "dynamic_batching", {"preferred_batch_size": [4]}),
        ("instance_group.1.count", "3", "instance_group", [{"name": "m_0", "count": 1}, {"name": "m_1", "count": 3}]),
        ("optimization.graph.level", "-1", "optimization", {"graph": {"level": -1}}),
        (
            "instance_group.0",
            '{"kind":"KIND_CPU"}',
            "instance_group",
            [{"kind": "KIND_CPU"}, {"name": "m_1", "count": 2}],
        ),
        ("optimization.priority", "PRIORITY_MAX", "optimization", {"priority": "PRIORITY_MAX"}),
        ("parameters.threads.string_value", "2", "parameters", {"threads": {"string_value": "2"}}),
    ],
)
def test_a_setting_changes_one_field(name, value, field, expected):
    assert configured(CONFIG, Settings(((name, value),))).get(field) == expected


def test_the_original_configuration_stays_as_it_is():
    before = str(CONFIG)
    configured(CONFIG, Settings((("instance-count", 4), ("max-batch-size", 1), ("dynamic-batching", "off"))))
    assert str(CONFIG) == before
    assert configured(CONFIG, ORIGINAL) == CONFIG


def test_a_model_without_groups_and_batching_gets_them():
    settings = Settings((("instance-count", 2), ("max-queue-delay", 0)))
    assert configured({}, settings) == {
        "instance_group": [{"count": 2}],
        "dynamic_batching": {"max_queue_delay_microseconds": 0},
    }


@pytest.mark.parametrize("path", ["instance_group.7.count", "instance_group.count", "name.first", "instance_group.2"])
def test_a_path_that_leads_nowhere_is_refused(path):
    with pytest.raises(ConfigError, match=f"^--set {path}: the model's configuration has no"):
        configured(CONFIG, Settings(((path, "1"),)))


def test_the_grid_is_every_combination():
    combinations = grid([Axis("instance-count", (1, 2)), Axis("max-batch-size", (4, 8))])
    assert [str(settings) for settings in combinations] == [
        "instance-count 1, max-batch-size 4",
        "instance-count 1, max-batch-size 8",
        "instance-count 2, max-batch-size 4",
        "instance-count 2, max-batch-size 8",
    ]


def test_without_dynamic_batching_its_delay_makes_no_difference():
    combinations = grid([Axis("dynamic-batching", ("on", "off")), Axis("max-queue-delay", (50, 500))])
    assert [str(settings) for settings in combinations] == [
        "dynamic-batching on, max-queue-delay 50",
        "dynamic-batching on, max-queue-delay 500",
        "dynamic-batching off",
    ]


def test_another_value_replaces_that_of_an_axis_and_a_delay_switches_batching_on():
    off = Settings((("dynamic-batching", "off"), ("instance-count", 2)))
    assert str(off.having("max-queue-delay", 50)) == "instance-count 2, max-queue-delay 50"
    assert str(off.having("instance-count", 4)) == "dynamic-batching off, instance-count 4"
    assert str(off.having("dynamic-batching", "on")) == "instance-count 2, dynamic-batching on"


@pytest.mark.parametrize("values", [(), (1, 2, 1)])
def test_an_axis_needs_different_values(values):
    with pytest.raises(ConfigError):
        Axis("instance-count", values)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("instance-count", 0, "a whole number of at least 1"),
        ("preferred-batch-size", 0, "a whole number of at least 1"),
        ("max-queue-delay", "soon", "a whole number of at least 0"),
        ("max-batch-size", -1, "a whole number of at least 0"),
        ("dynamic-batching", "yes", "on or off"),
    ],
)
def test_an_axis_that_has_a_name_takes_such_values_alone(name, value, wanted):
    with pytest.raises(ConfigError, match=f"^{name} {value}: give {wanted}$"):
        Axis(name, (value,))
