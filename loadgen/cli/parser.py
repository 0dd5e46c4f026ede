"""The command line of `loadgen -m MODEL`, read by perf_analyzer's rules (behaviour section 1.1).

Unambiguous prefixes of long names, `--name=value` and bundled short flags work, and the last of a repeated option wins.
"""

import getopt
from collections.abc import Sequence
from difflib import get_close_matches

from loadgen.cli import VERBS
from loadgen.cli import perf_analyzer_options as missing
from loadgen.cli.options import TABLE, Option, Options
from loadgen.errors import ConfigError

_OPTIONS: dict[str, Option] = {
    name: option for group in TABLE.values() for option in group for name in option.names.split(", ")
}
_SHORT = missing.SHORT + "".join(
    name[1:] + (":" if option.value else "") for name, option in _OPTIONS.items() if not name.startswith("--")
)
_LONG = [*missing.LONG] + [
    name[2:] + ("=" if option.value else "") for name, option in _OPTIONS.items() if name.startswith("--")
]


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or raise ConfigError for the first argument that cannot be used, naming it."""
    options = Options()
    for name, value in _split(arguments):
        if name not in _OPTIONS:
            raise ConfigError(_not_there_yet(name))
        options = _OPTIONS[name].change(options, name, value)
    if not options.model and not options.ask:
        raise ConfigError("-m is missing: name the model to measure, or see loadgen --help")
    return options


def _split(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """Return (full name, value) of each option; a switch has an empty value."""
    try:
        pairs, others = getopt.gnu_getopt(list(arguments), _SHORT, _LONG)
    except getopt.GetoptError as error:
        is_long = error.msg.startswith("option --")
        raise ConfigError(_wrong_long(error.opt) if is_long else _wrong_short(error.opt)) from None
    if others:
        advice = _did_you_mean(others[0], VERBS) or ": a value has to follow its option; see loadgen --help"
        raise ConfigError(f'unexpected argument "{others[0]}"{advice}')
    return pairs


def _wrong_short(letter: str) -> str:
    """Return a sentence for a letter that getopt could not use: it is unknown, or lacks its value."""
    if f"{letter}:" in missing.SHORT:
        return _not_there_yet(f"-{letter}")
    return f"-{letter} needs a value" if f"{letter}:" in _SHORT else f"unknown option -{letter}; see loadgen --help"


def _wrong_long(name: str) -> str:
    """Return a sentence for a name that getopt could not use: unknown, ambiguous, a value too few or too many."""
    names = [known.removesuffix("=") for known in _LONG]
    if name in missing.LONG or f"{name}=" in missing.LONG:
        return _not_there_yet(f"--{name}")
    if name in names:
        return f"--{name} " + ("needs a value" if f"{name}=" in _LONG else "takes no value")
    candidates = [f"--{known}" for known in sorted(names) if known.startswith(name)]
    if candidates:
        return f"--{name} is ambiguous: it may be {', '.join(candidates)}"
    advice = _did_you_mean(f"--{name}", [f"--{known}" for known in names])
    return f"unknown option --{name}{advice or '; see loadgen --help'}"


def _not_there_yet(name: str) -> str:
    return f"{name} is an option of perf_analyzer that loadgen does not have yet"


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f": did you mean {near[0]}?" if near else ""
