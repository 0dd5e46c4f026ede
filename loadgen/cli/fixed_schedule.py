"""What --fixed-schedule makes of the input data: a load, and inputs without their timestamps."""

from dataclasses import replace

from loadgen.cli.options import Options
from loadgen.errors import ConfigError
from loadgen.load.modes import FixedSchedule


def with_schedule(options: Options) -> Options:
    """Return the options with the load that the files of --input-data hold. Raises ConfigError where there is none."""
    inputs, warmup_count = options.inputs, options.warmup_request_count
    if not inputs.files:
        raise ConfigError("--fixed-schedule: this needs a JSON file by --input-data, whose steps have timestamps")
    if inputs.batch_size > 1:
        raise ConfigError(f"-b {inputs.batch_size}: with --fixed-schedule a request carries one step, at its own time")
    from loadgen.load.timestamps import offsets_ns_of  # noqa: PLC0415 - brings numpy, which other options do not need

    offsets_ns = offsets_ns_of(inputs.files)
    if warmup_count >= len(offsets_ns):
        raise ConfigError(
            f"--warmup-request-count {warmup_count}: the input data of --fixed-schedule has {len(offsets_ns)} steps,"
            " and some have to be left to be measured"
        )
    return replace(
        options,
        inputs=replace(inputs, has_timestamps=True),
        shape=FixedSchedule(offsets_ns[warmup_count:], warmup_offsets_ns=offsets_ns[:warmup_count]),
        request_count=len(offsets_ns) - warmup_count,
    )
