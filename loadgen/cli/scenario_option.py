"""--scenario: MLPerf's scenarios, each as the load that it stands for."""

from dataclasses import replace

from loadgen.cli import values
from loadgen.cli.changes import Option
from loadgen.cli.level_range import LevelRange
from loadgen.cli.options import Options

SAMPLES = 24_576
"""Those of an offline run, at least."""

OFFLINE_IN_FLIGHT = 64
SAMPLES_OF_A_QUERY = 8
"""In multi-stream."""


def _scenario(options: Options, name: str, text: str) -> Options:
    scenario = values.one_of(name, text, ("single-stream", "multi-stream", "server", "offline"))
    options = replace(options, scenario=scenario)
    match scenario:
        case "multi-stream":
            return replace(options, inputs=replace(options.inputs, batch_size=SAMPLES_OF_A_QUERY))
        case "offline":
            return replace(options, concurrencies=LevelRange(OFFLINE_IN_FLIGHT), request_count=SAMPLES)
        case _:
            return options


SCENARIO = Option(
    "--scenario",
    "single-stream|multi-stream|server|offline",
    _scenario,
    "a scenario of MLPerf's, and its result: one request at a time, and the p90 of its latency; requests of 8 samples"
    " one at a time, and their p99; the highest rate of random arrivals that keeps to the limit of --find-max, which is"
    f" needed; {SAMPLES} requests as fast as they are answered, {OFFLINE_IN_FLIGHT} in flight, and the throughput."
    " Percentiles are upper bounds by early stopping, with a confidence of 99 % (default: none)",
    is_ours=True,
)
