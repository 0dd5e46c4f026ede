"""The options of sequences, which are what a sequence model takes."""

from dataclasses import replace
from typing import Any

from loadgen.cli import values
from loadgen.cli.changes import Change, Option, Parse, takes
from loadgen.cli.options import Options
from loadgen.load.sequence_options import Sequences


def _sets(field: str, parse: Parse) -> Change:
    return lambda options, name, text: _with(options, **{field: parse(name, text)})


def _with(options: Options, **fields: Any) -> Options:  # noqa: ANN401 - of any field
    return replace(options, sequences=replace(options.sequences or Sequences(), **fields))


def _set_ids(options: Options, name: str, text: str) -> Options:
    ids = values.sequence_ids(name, text)
    return _with(options, first_id=ids.start, id_count=len(ids))


SEQUENCES = (
    Option(
        "--sequence-length",
        "N",
        _sets("length", values.positive),
        "requests in a sequence, at least 1, about which --sequence-length-variation has a say (default: as many as the"
        " steps of its stream in --input-data, or 20 if there are none)",
    ),
    Option(
        "--sequence-length-variation",
        "PERCENT",
        _sets("length_variation", values.hundredths),
        "by how much the length differs from one sequence to the next at most, at random, at least 0 (default: 20)",
    ),
    Option(
        "--num-of-sequences",
        "N",
        _sets("at_a_time", values.positive),
        "sequences at a time in an open loop, at least 1; a request that is due while all of them have one in flight"
        " waits, and counts from when it was due (default: 4)",
    ),
    Option(
        "--serial-sequences",
        "",
        takes(lambda _name, _text: None),
        "one request of a sequence after the other; this is so with and without the option, where perf_analyzer sends"
        " several of one sequence at a time at a request rate, whose order then is anybody's guess (default: on)",
    ),
    Option(
        "--sequence-id-range",
        "START[:END]",
        _set_ids,
        "the ids of sequences, over and over again, START at least 1 and END, which is none of them, above it (default:"
        " 1, and without an END 4294967295 ids)",
    ),
)
