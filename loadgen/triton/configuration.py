"""A model's configuration as JSON, which is how Triton takes one when it loads a model, and as config.pbtxt."""

from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.text_format import MessageToString
from tritonclient.grpc import service_pb2

from loadgen.triton.questions import Message

Configuration = dict[str, Any]
"""The fields of a ModelConfig by the names of config.pbtxt, in protobuf's JSON: 64-bit integers are strings."""


def as_json(config: Message) -> Configuration:
    """Return a ModelConfig as JSON."""
    written: Configuration = MessageToDict(config, preserving_proto_field_name=True)
    return written


def malformation(fields: Configuration) -> str:
    """Return what is wrong with fields that are no ModelConfig, in protobuf's words; nothing where they are one."""
    try:
        ParseDict(fields, service_pb2.ModelConfigResponse().config)
    except ParseError as error:
        return str(error).splitlines()[0].rstrip(".")  # the others list what there might have been
    return ""


def as_pbtxt(fields: Configuration) -> str:
    """Return some fields of a configuration as they are written in config.pbtxt."""
    written: str = MessageToString(ParseDict(fields, service_pb2.ModelConfigResponse().config))
    return written.rstrip("\n")
