"""The `onnxruntime` backend of the embedded Triton: ONNX models on the CPU, run by Triton's Python backend.

Triton takes a folder `onnxruntime/model.py` in its backend directory for the backend of `platform: "onnxruntime_onnx"`,
so that a model repository written for NVIDIA's C++ backend works unchanged. Configurations mean what they mean there:
the same checks at load, the same names of parameters.

Each model instance runs this file in a process of its own, where nothing of loadgen is imported.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

Array = NDArray[Any]
Feed = dict[str, Array]
"""input arrays by name"""

_CONFIG_TYPES = {
    "tensor(bool)": "TYPE_BOOL",
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(uint16)": "TYPE_UINT16",
    "tensor(uint32)": "TYPE_UINT32",
    "tensor(uint64)": "TYPE_UINT64",
    "tensor(int8)": "TYPE_INT8",
    "tensor(int16)": "TYPE_INT16",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
}
"""the model configuration's word for each type of ONNX that Triton can carry"""


class TritonPythonModel:
    """One instance of a model. The names of the class and of its public methods are Triton's."""

    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:  # noqa: ANN401 - Triton's own class
        """Fill in the inputs and outputs that the configuration leaves out, from the model file."""
        config = auto_complete_model_config.as_dict()
        if not (config["input"] and config["output"]):
            session = _open_session(Path(pb_utils.get_model_dir()), config)
            for node in [] if config["input"] else session.get_inputs():
                auto_complete_model_config.add_input(_as_config(node, config))
            for node in [] if config["output"] else session.get_outputs():
                auto_complete_model_config.add_output(_as_config(node, config))
        return auto_complete_model_config

    def initialize(self, args: dict[str, str]) -> None:
        """Load the model file and check it against the configuration."""
        config = json.loads(args["model_config"])
        session = _open_session(Path(args["model_repository"], args["model_version"]), config)
        _check_tensors("input", config, session.get_inputs())
        _check_tensors("output", config, session.get_outputs())
        self._run = session.run
        self._output_names = [tensor["name"] for tensor in config["output"]]
        self._text_inputs = [tensor["name"] for tensor in config["input"] if tensor["data_type"] == "TYPE_STRING"]
        self._has_batches = config["max_batch_size"] > 0

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer the requests in order; those that can be joined along the batch dimension share one run of the model.

        Outputs that a request did not ask for are left out by Triton.
        """
        feeds = [{tensor.name(): tensor.as_numpy() for tensor in request.inputs()} for request in requests]
        if len(feeds) == 1:
            return self._answer(feeds)
        responses: dict[int, Any] = {}
        for members in _alike(feeds) if self._has_batches else ([index] for index in range(len(feeds))):
            responses.update(zip(members, self._answer([feeds[index] for index in members]), strict=True))
        return [responses[index] for index in range(len(feeds))]

    def _answer(self, feeds: list[Feed]) -> list[Any]:
        """Return one response for each feed, from one run; from one run each if that fails."""
        try:
            outputs = self._run(self._output_names, self._readable(feeds[0] if len(feeds) == 1 else _joined(feeds)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to the request that caused it
            if len(feeds) > 1:
                return [response for feed in feeds for response in self._answer([feed])]
            return [pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(str(error)))]
        if len(feeds) == 1:
            return [self._response(outputs)]
        return [self._response([output[rows] for output in outputs]) for rows in _rows_of(feeds)]

    def _readable(self, feed: Feed) -> Feed:
        """Turn the bytes of text inputs into str: onnxruntime would take the text of their repr."""
        for name in self._text_inputs:
            decoded = [element.decode() for element in feed[name].flat]
            feed[name] = np.array(decoded, dtype=np.object_).reshape(feed[name].shape)
        return feed

    def _response(self, outputs: Iterable[Array]) -> Any:  # noqa: ANN401 - Triton's own class
        return pb_utils.InferenceResponse([*map(pb_utils.Tensor, self._output_names, outputs)])


def _alike(feeds: list[Feed]) -> Iterable[list[int]]:
    """Return the positions of the feeds in groups that differ in their batch dimension only."""
    groups = defaultdict(list)
    for index, feed in enumerate(feeds):
        groups[tuple(sorted((name, array.shape[1:]) for name, array in feed.items()))].append(index)
    return groups.values()


def _joined(feeds: list[Feed]) -> Feed:
    return {name: np.concatenate([feed[name] for feed in feeds]) for name in feeds[0]}


def _rows_of(feeds: list[Feed]) -> list[slice]:
    """Return where along the batch dimension of the joined arrays each feed lies."""
    sizes = [len(next(iter(feed.values()))) for feed in feeds]
    return [slice(first, end) for first, end in pairwise(accumulate(sizes, initial=0))]


def _open_session(folder: Path, config: dict[str, Any]) -> ort.InferenceSession:
    """Load the model file, to run on one thread (a server is scaled by its instances) unless the parameters say more.

    As in NVIDIA's backend, a thread count of 0 is one for each core, and `execution_mode` 1 is parallel.
    """
    file = folder / _file_name(config)
    if not file.exists():
        _refuse(f"there is no model file {file}")
    options = ort.SessionOptions()
    options.intra_op_num_threads = _parameter(config, "intra_op_thread_count", default=1)
    options.inter_op_num_threads = _parameter(config, "inter_op_thread_count", default=1)
    options.execution_mode = ort.ExecutionMode(_parameter(config, "execution_mode", default=0))
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _file_name(config: dict[str, Any]) -> str:
    return str(config["default_model_filename"] or "model.onnx")


def _parameter(config: dict[str, Any], name: str, *, default: int) -> int:
    if name not in config["parameters"]:
        return default
    value = config["parameters"][name]["string_value"]
    try:
        return int(value)
    except ValueError:
        _refuse(f"the parameter {name} is '{value}', which is not a whole number")


def _type(node: ort.NodeArg) -> str:
    found: str = node.type
    return _CONFIG_TYPES.get(found, found)


def _dims(node: ort.NodeArg) -> list[int]:
    return [size if isinstance(size, int) else -1 for size in node.shape]


def _as_config(node: ort.NodeArg, config: dict[str, Any]) -> dict[str, Any]:
    """Describe a tensor of the model file as the configuration does: without the batch dimension, if there is one."""
    dims = _dims(node)[1:] if config["max_batch_size"] > 0 else _dims(node)
    return {"name": node.name, "data_type": _type(node), "dims": dims}


def _check_tensors(kind: str, config: dict[str, Any], nodes: Sequence[ort.NodeArg]) -> None:
    """Raise where the configuration and the model file describe different tensors; outputs may be left out."""
    in_file = {node.name: node for node in nodes}
    in_config = {tensor["name"]: tensor for tensor in config[kind]}
    unknown = in_config.keys() - in_file.keys()
    forgotten = in_file.keys() - in_config.keys() if kind == "input" else set()
    if unknown or forgotten:
        file = _file_name(config)
        _refuse(f"the {kind}s are {_quoted(in_config)} in the configuration, {_quoted(in_file)} in {file}")
    for name, tensor in in_config.items():
        _check_tensor(f"{kind} '{name}'", tensor, in_file[name], config)


def _check_tensor(label: str, tensor: dict[str, Any], node: ort.NodeArg, config: dict[str, Any]) -> None:
    file = _file_name(config)
    if tensor["data_type"] != _type(node):
        _refuse(f"{label} is {tensor['data_type']} in the configuration, {_type(node)} in {file}")
    wanted = tensor["reshape"]["shape"] if "reshape" in tensor else tensor["dims"]
    if config["max_batch_size"] > 0:
        wanted = [-1, *wanted]
    found = _dims(node)
    # A file that does not tell the shape has no dims. A free dimension of the file takes any size of the configuration.
    if found and (len(found) != len(wanted) or any(size not in (-1, w) for size, w in zip(found, wanted, strict=True))):
        batch = " (with the batch dimension)" if config["max_batch_size"] > 0 else ""
        _refuse(f"{label} has dims {wanted}{batch} in the configuration, {found} in {file}")


def _refuse(sentence: str) -> NoReturn:
    raise pb_utils.TritonModelException(sentence)


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
