"""The command line of `loadgen -m MODEL`, read by perf_analyzer's rules (behaviour section 1.1).

Unambiguous prefixes of long names, `--name=value` and bundled short flags work, and the last of a repeated option wins.
"""

import getopt
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from loadgen.cli import VERBS, refused
from loadgen.cli.contradictions import refuse_contradictions
from loadgen.cli.fixed_schedule import with_schedule
from loadgen.cli.options import Options
from loadgen.cli.table import OPTIONS
from loadgen.errors import ConfigError

_SHORT = "".join(
    name[1:] + (":" if option.value else "") for name, option in OPTIONS.items() if not name.startswith("--")
)
_LONG = [*refused.LONG] + [
    name[2:] + ("=" if option.value else "") for name, option in OPTIONS.items() if name.startswith("--")
]

_DEFAULTS = Options()
_USE_SSL_TRUE = ("--ssl-grpc-use-ssl", "true")


def parse(arguments: Sequence[str], defaults: Options = _DEFAULTS, *, ignore_stray: bool = False) -> Options:
    """Return `defaults` as the arguments change them, or raise ConfigError for the first that cannot be used.

    A word that belongs to no option is refused, too, or with `ignore_stray` left out, which a note says.
    """
    given, stray = _split(_without_true(arguments))
    if stray and not ignore_stray:
        raise ConfigError(_unexpected(stray[0]))
    notes = tuple(f'the argument "{word}" belongs to no option and is ignored' for word in stray)
    options = replace(defaults, given=tuple(given), notes=notes)
    for name, value in given:
        if name not in OPTIONS:
            raise ConfigError(refused.refusal(name))
        options = OPTIONS[name].change(options, name, value)
    if not options.ask:
        _check(options)
        if options.fixed_schedule:
            options = with_schedule(options)
    return options


def _check(options: Options) -> None:
    """Refuse what only the whole of the options shows to be wrong."""
    if not options.model:
        raise ConfigError("-m is missing: name the model to measure, or see loadgen --help")
    _ = options.search  # says what is wrong with the levels
    refuse_contradictions(options)
    _ = options.target  # says what is wrong with the url and the headers


def _without_true(arguments: Sequence[str]) -> list[str]:
    """Drop the `true` behind --ssl-grpc-use-ssl, as perf_analyzer's usage text and Triton Model Analyzer write it.

    The switch takes no value, and perf_analyzer ignores the word (behaviour section 1.1). It would ignore `false` as
    well, which we refuse with every other word that stands alone.
    """
    previous = ["", *arguments]
    return [word for before, word in zip(previous, arguments, strict=False) if (before, word) != _USE_SSL_TRUE]


def _split(arguments: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (full name, value) of each option, where a switch has an empty value, and the words that stand alone."""
    try:
        return getopt.gnu_getopt(list(arguments), _SHORT, _LONG)
    except getopt.GetoptError as error:
        is_long = error.msg.startswith("option --")
        raise ConfigError(_wrong_long(error.opt) if is_long else _wrong_short(error.opt)) from None


def _unexpected(word: str) -> str:
    advice = _did_you_mean(word, VERBS) or ": a value has to follow its option; see loadgen --help"
    return f'unexpected argument "{word}"{advice}'


def _wrong_short(letter: str) -> str:
    """Return a sentence for a letter that getopt could not use: it is unknown, or lacks its value."""
    return f"-{letter} needs a value" if f"{letter}:" in _SHORT else f"unknown option -{letter}; see loadgen --help"


def _wrong_long(name: str) -> str:
    """Return a sentence for a name that getopt could not use: unknown, ambiguous, a value too few or too many."""
    names = [known.removesuffix("=") for known in _LONG]
    if name in refused.LONG or f"{name}=" in refused.LONG:
        return refused.refusal(f"--{name}")
    if name in names:
        return f"--{name} " + ("needs a value" if f"{name}=" in _LONG else "takes no value")
    candidates = [f"--{known}" for known in sorted(names) if known.startswith(name)]
    if candidates:
        return f"--{name} is ambiguous: it may be {', '.join(candidates)}"
    advice = _did_you_mean(f"--{name}", [f"--{known}" for known in names])
    return f"unknown option --{name}{advice or '; see loadgen --help'}"


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f": did you mean {near[0]}?" if near else ""
