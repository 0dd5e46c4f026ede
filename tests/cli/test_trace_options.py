"""The options of the server's traces."""

import pytest

from loadgen.cli.parser import parse
from tests.cli.conftest import sentence


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("", {}),
        ("--trace-level OFF", {"trace_level": ("OFF",)}),
        ("--trace-level TIMESTAMPS --trace-level TENSORS", {"trace_level": ("TIMESTAMPS", "TENSORS")}),
        ("--trace-rate 100 --trace-rate 1", {"trace_rate": ("1",)}),
        ("--trace-count -1 --log-frequency 0", {"trace_count": ("-1",), "log_frequency": ("0",)}),
        ("--trace-count 7 --log-frequency 50", {"trace_count": ("7",), "log_frequency": ("50",)}),
    ],
)
def test_the_settings_have_the_names_that_triton_gives_them(line, settings):
    assert parse(["-m", "m", *line.split()]).trace == settings


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("--trace-level off", "give OFF or TIMESTAMPS or TENSORS"),
        ("--trace-rate 0", "give a whole number of at least 1"),
        ("--trace-rate -5", "give a whole number of at least 1"),
        ("--trace-count -2", "give a whole number of at least 0, or -1 for no limit"),
        ("--log-frequency x", "give a whole number of at least 0"),
    ],
)
def test_a_setting_that_triton_would_take_for_another_is_refused(line, reason):
    assert sentence(f"-m m {line}") == f"{line}: {reason}"
