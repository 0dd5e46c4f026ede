"""The command line of `loadgen -m MODEL`, read by perf_analyzer's rules (behaviour section 1.1).

Unambiguous prefixes of long names, `--name=value` and bundled short flags work, and the last of a repeated option wins.
"""

import getopt
from collections.abc import Sequence
from difflib import get_close_matches

from loadgen.cli import VERBS
from loadgen.cli import perf_analyzer_options as missing
from loadgen.cli.contradictions import refuse_contradictions
from loadgen.cli.options import OPTIONS, Options
from loadgen.errors import ConfigError

_SHORT = missing.SHORT + "".join(
    name[1:] + (":" if option.value else "") for name, option in OPTIONS.items() if not name.startswith("--")
)
_LONG = [*missing.LONG] + [
    name[2:] + ("=" if option.value else "") for name, option in OPTIONS.items() if name.startswith("--")
]

_USE_SSL_TRUE = ("--ssl-grpc-use-ssl", "true")


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or raise ConfigError for the first argument that cannot be used, naming it."""
    given = _split(_without_true(arguments))
    options = Options(given=tuple(given))
    for name, value in given:
        if name not in OPTIONS:
            raise ConfigError(_not_there_yet(name))
        options = OPTIONS[name].change(options, name, value)
    if not options.ask:
        _check(options)
    return options


def _check(options: Options) -> None:
    """Refuse what only the whole of the options shows to be wrong."""
    if not options.model:
        raise ConfigError("-m is missing: name the model to measure, or see loadgen --help")
    refuse_contradictions(options)
    _ = options.target  # says what is wrong with the url and the headers


def _without_true(arguments: Sequence[str]) -> list[str]:
    """Drop the `true` behind --ssl-grpc-use-ssl, as perf_analyzer's usage text and Triton Model Analyzer write it.

    The switch takes no value, and perf_analyzer ignores the word (behaviour section 1.1). It would ignore `false` as
    well, which we refuse with every other word that stands alone.
    """
    previous = ["", *arguments]
    return [word for before, word in zip(previous, arguments, strict=False) if (before, word) != _USE_SSL_TRUE]


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
