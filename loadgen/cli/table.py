"""The options of `loadgen -m MODEL`: one table, read by the parser and by `--help`."""

from loadgen.cli import transport_options
from loadgen.cli.changes import Option
from loadgen.cli.input_options import INPUTS
from loadgen.cli.load_options import LOAD, TARGET
from loadgen.cli.measurement_options import MEASUREMENT, OUTPUT
from loadgen.cli.rate_options import CEILING, FIND_MAX, RATE
from loadgen.cli.scenario_option import SCENARIO
from loadgen.cli.sequence_options import SEQUENCES
from loadgen.cli.trace_options import TRACE

TABLE: dict[str, tuple[Option, ...]] = {
    "Target": TARGET,
    "Load": (*LOAD, CEILING, FIND_MAX, SCENARIO),
    "Open loop": RATE,
    "Inputs": INPUTS,
    "Sequences": SEQUENCES,
    **transport_options.GROUPS,
    "Measurement": MEASUREMENT,
    "Server traces": TRACE,
    "Output": OUTPUT,
}

OPTIONS: dict[str, Option] = {
    name: option for group in TABLE.values() for option in group for name in option.names.split(", ")
}
"""Every option by each of its names."""
