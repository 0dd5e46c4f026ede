"""What an option of the command line does: it changes the options so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loadgen.cli import values
from loadgen.cli.options import Options

Change = Callable[[Options, str, str], Options]
"""Takes the options so far, the name of an option as typed, and its value; raises ConfigError naming both."""

Parse = Callable[[str, str], object]
"""Takes the name of an option as typed, and its value; raises ConfigError naming both."""


@dataclass(frozen=True)
class Option:
    """One row of the table. `value` is its placeholder in the help; an empty one marks a plain switch.

    `is_ours` marks what perf_analyzer does not have.
    """

    names: str
    value: str
    change: Change
    help: str
    is_ours: bool = False


def put(options: Options, path: str, value: Any) -> Options:  # noqa: ANN401 - of any field
    """Return the options with another value for a field, `batch_size`, or for one of a part, `tls.ca_file`."""
    part, _, name = path.rpartition(".")
    if not part:
        return replace(options, **{name: value})
    return replace(options, **{part: replace(getattr(options, part), **{name: value})})


def sets(path: str, parse: Parse) -> Change:
    """Set a field to what the value says."""
    return lambda options, name, text: put(options, path, parse(name, text))


def switches(path: str, *, to: object = True) -> Change:
    """Set a field to one value, whenever the option is there."""
    return lambda options, _name, _text: put(options, path, to)


def chooses(path: str, choices: Mapping[str, object] | Sequence[str], *, any_case: bool = False) -> Change:
    """Set a field to what the chosen word stands for: itself, unless `choices` says another thing."""

    def parse(name: str, text: str) -> object:
        word = values.one_of(name, text, list(choices), any_case=any_case)
        return choices[word] if isinstance(choices, Mapping) else word

    return sets(path, parse)


def takes(parse: Parse) -> Change:
    """Check the value, which changes nothing here."""

    def change(options: Options, name: str, text: str) -> Options:
        parse(name, text)
        return options

    return change


def notes(change: Change, sentence: str) -> Change:
    """Change, and tell the user a sentence about the option."""

    def changed(options: Options, name: str, text: str) -> Options:
        note = f"{name} {text}".rstrip() + f": {sentence}"
        return replace(change(options, name, text), notes=(*options.notes, note))

    return changed
