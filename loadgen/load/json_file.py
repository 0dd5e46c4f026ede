"""Input data in JSON: `{"data": [step, ...]}` or, with several streams, `{"data": [[step, ...], ...]}`.

A step is an object of tensors by name. A tensor is a flat list of values, `{"b64": raw bytes}`, or either of them as
`{"content": ..., "shape": [...]}`. `validation_data` beside `data` has the same form, with outputs in place of inputs
(behaviour section 8.4). Unlike in perf_analyzer, a shape in the file is preferred to that of `--shape`.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.elements import elements_from_bytes, elements_from_values, shaped
from loadgen.load.model import Model
from loadgen.load.sample import Sample, Streams, located, place, require_inputs, spec_named
from loadgen.load.shapes import Shape, Shapes, commas, fits, output_shape, require_known
from loadgen.load.tensors import Arrays, TensorSpec

Steps = Sequence[Mapping[str, Any]]

_NO_TENSOR = "model"
"""What a step may have besides tensors; it is of no meaning here."""

TIMESTAMP = "timestamp"
"""What a step has besides tensors that says when it is to be sent."""


def read_json(model: Model, shapes: Shapes, path: str, *, has_timestamps: bool = False) -> Streams:
    """Return the streams of a file, whose steps may have timestamps, which are not sent.

    Raises ConfigError, with the place, for what cannot be read or does not fit.
    """
    with located(f"--input-data {path}"):
        document = document_of(path)
        data, is_nested = streams_in(document, "data")
        expected = _expected(document, data)
        if has_timestamps:
            data = [[_untimed(step) for step in steps] for steps in data]
    return Streams(
        [
            [
                _sample(model, shapes, where=place(path, stream=stream, step=number), step=step, answers=answers)
                for number, (step, answers) in enumerate(zip(*pair, strict=True))
            ]
            for stream, pair in enumerate(zip(data, expected, strict=True))
        ],
        is_nested,
    )


def document_of(path: str) -> Mapping[str, Any]:
    """Return what a file says. Raises ConfigError for one that cannot be read, or has no `data`."""
    try:
        document = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"it is no JSON: {error}") from error
    if not isinstance(document, dict) or "data" not in document:
        raise ConfigError('it has to be an object with a member "data"')
    return document


def streams_in(document: Mapping[str, Any], member: str) -> tuple[Sequence[Steps], bool]:
    """Return the streams below a member, and whether they are nested in a list of streams."""
    data = document[member]
    if _is_list_of(dict, data):
        return [data], False
    if _is_list_of(list, data) and all(_is_list_of(dict, stream) for stream in data):
        return data, True
    raise ConfigError(
        f'"{member}" has to be a list of steps, which are objects, or a list of such lists; none is empty'
    )


def _is_list_of(kind: type, value: Any) -> bool:  # noqa: ANN401 - whatever JSON can say
    return isinstance(value, list) and set(map(type, value)) == {kind}


def _expected(document: Mapping[str, Any], data: Sequence[Steps]) -> Sequence[Steps]:
    if "validation_data" not in document:
        return [[{}] * len(steps) for steps in data]
    expected, _ = streams_in(document, "validation_data")
    if [len(steps) for steps in expected] != [len(steps) for steps in data]:
        raise ConfigError('"validation_data" has to have as many streams as "data", and each as many steps')
    return expected


def _sample(model: Model, shapes: Shapes, *, where: str, step: Mapping[str, Any], answers: Mapping[str, Any]) -> Sample:
    with located(where):
        inputs = _inputs(model, shapes, step)
    with located(f"{where} of validation_data"):
        return Sample(where, inputs, _outputs(model, answers))


def _untimed(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: tensor for name, tensor in step.items() if name != TIMESTAMP}


def _inputs(model: Model, shapes: Shapes, step: Mapping[str, Any]) -> Arrays:
    arrays = {}
    for name, tensor in step.items():
        if name in shapes or name != _NO_TENSOR:
            spec = spec_named(name, model.inputs, kind="input")
            arrays[name] = tensor_of(spec, shapes[name], tensor)
    require_inputs(model, arrays)
    return arrays


def _outputs(model: Model, answers: Mapping[str, Any]) -> Arrays:
    arrays = {}
    for name, tensor in answers.items():
        spec = spec_named(name, model.outputs, kind="output")
        arrays[name] = tensor_of(spec, output_shape(spec), tensor)
    return arrays


def tensor_of(spec: TensorSpec, shape: Shape | None, tensor: Any) -> NDArray[Any]:  # noqa: ANN401 - of JSON
    """Return a tensor of the file; one without a shape of its own has `shape`, or any length if that is None."""
    own = tensor if isinstance(tensor, dict) else {}
    if shape is not None and "shape" not in own:
        require_known(spec, shape, or_else=', or give it as {"content": ..., "shape": ...}')
    with located(f'"{spec.name}"'):
        if "shape" in own:
            shape = _own_shape(spec, own["shape"])
        return shaped(_elements(spec, own.get("content", tensor)), shape)


def _own_shape(spec: TensorSpec, shape: Any) -> Shape:  # noqa: ANN401 - of JSON
    if not _is_list_of(int, shape) and shape != []:
        raise ConfigError('its "shape" has to be a list of whole numbers')
    if min(shape, default=0) < 0 or not fits(shape, spec.shape):
        raise ConfigError(f"its shape [{commas(shape)}] does not fit [{commas(spec.shape)}], that of the model")
    return tuple(shape)


def _elements(spec: TensorSpec, content: Any) -> NDArray[Any]:  # noqa: ANN401 - of JSON
    if isinstance(content, list):
        return elements_from_values(spec, content)
    if isinstance(content, dict) and isinstance(content.get("b64"), str):
        return elements_from_bytes(spec, _decoded(content["b64"]))
    raise ConfigError('give a list of values, {"b64": "..."}, or one of them as {"content": ..., "shape": ...}')


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError(f'its "b64" is no base64: {error}') from error
