"""The options that say what the requests carry."""

from dataclasses import replace
from pathlib import Path

from loadgen.cli import values
from loadgen.cli.changes import Change, Option, notes, put, sets
from loadgen.cli.options import Options
from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs

_GENERATED = ("random", "zero")


def _of_all_or_one(change: Change) -> Change:
    """Change the inputs of the model whose name is in front of a `=`; without one those of all."""

    def changed(options: Options, name: str, text: str) -> Options:
        model, equals, own = text.partition("=")
        if not equals or Path(text).exists():
            return change(options, name, text)
        before = replace(options, inputs=options.own_inputs.get(model, Inputs()))
        try:
            after = change(before, name, own)
        except ConfigError as error:
            raise ConfigError(str(error).replace(f"{name} {own}", f"{name} {text}", 1)) from None
        return replace(options, own_inputs={**options.own_inputs, model: after.inputs})

    return changed


def _add_data(options: Options, name: str, text: str) -> Options:
    """Add a file or a directory. One by the name of `zero` wins over the word (behaviour section 1.2)."""
    if Path(text).exists():
        return put(options, "inputs.files", (*options.inputs.files, text))
    if text not in _GENERATED:
        raise ConfigError(f"{name} {text}: there is no such file or directory, nor is it random or zero")
    return put(options, "inputs.generate", text)


def _set_zero(options: Options, _name: str, _text: str) -> Options:
    return put(options, "inputs.generate", "zero")


def _add_shape(options: Options, name: str, text: str) -> Options:
    return put(options, "inputs.shapes", {**options.inputs.shapes, **values.shape(name, text)})


def _add_parameter(options: Options, name: str, text: str) -> Options:
    """Add a parameter; the last of one name wins."""
    parameter = values.parameter(name, text)
    others = (other for other in options.inputs.parameters if other[0] != parameter[0])
    return put(options, "inputs.parameters", (*others, parameter))


def _deprecated(change: Change) -> Change:
    return notes(change, "perf_analyzer calls this deprecated, say --input-data")


INPUTS = (
    Option(
        "-b",
        "N",
        sets("inputs.batch_size", values.positive),
        "inferences in each request; from 1 to the model's max_batch_size (default: 1)",
    ),
    Option(
        "--input-data",
        "[MODEL=]random|zero|PATH",
        _of_all_or_one(_add_data),
        "the input tensors: random numbers and letters, zeros, or those of a JSON file in perf_analyzer's format, of"
        " a .npy or .npz file, or of a directory with a file for each input; may be repeated for several files, which"
        " are sent in their order, over and over again; with MODEL= that of one of several models, which gets no other"
        " data or shapes then (default: random)",
    ),
    Option(
        "--shape",
        "[MODEL=]INPUT:D,D,...",
        _of_all_or_one(_add_shape),
        "shape of an input that has dynamic dimensions, without the batch dimension, each at least 1; may be repeated;"
        " of several models for all that have such an input, or with MODEL= for one, as above (default: the model's)",
    ),
    Option(
        "--string-length",
        "N",
        sets("inputs.string_length", values.positive),
        "characters of each random string, at least 1 (default: 128)",
    ),
    Option(
        "--string-data",
        "TEXT",
        sets("inputs.string_data", values.text),
        "what all strings are, in place of random ones (default: none)",
    ),
    Option(
        "--request-parameter",
        "NAME:VALUE:TYPE",
        _add_parameter,
        "custom parameter of every request; TYPE is string, int or bool, and a bool is true or false; may be repeated,"
        " the last of one name counts (default: none)",
    ),
    Option("-z", "", _deprecated(_set_zero), "deprecated: --input-data zero"),
    Option("--data-directory", "PATH", _deprecated(_add_data), "deprecated: --input-data PATH"),
)
