"""The options of perf_analyzer that loadgen does not take: each is refused by its name, with the reason, never ignored.

Names are written as Python's getopt reads them: an equals sign marks an option that takes a value.
"""

from loadgen.cli.values import one_of
from loadgen.errors import ConfigError

_KINDS = {
    "triton_c_api": "loadgen loads no server into its own process; start one with loadgen serve, and measure that",
    "tfserving": "loadgen speaks KServe v2, not the protocol of TensorFlow Serving",
    "torchserve": "loadgen speaks KServe v2, not the protocol of TorchServe",
    "openai": "loadgen speaks KServe v2, not the OpenAI API",
    "dynamic_grpc": "loadgen calls the methods of KServe v2, and no other ones",
}
"""Why a kind of server is not served."""

_OF_KIND = {
    "endpoint=": "openai",
    "grpc-method=": "dynamic_grpc",
    "model-repository=": "triton_c_api",
    "model-signature-name=": "tfserving",
    "session-concurrency=": "openai",
    "triton-server-directory=": "triton_c_api",
}
"""The options that have a meaning for one kind of server only."""

_MPI = "enable-mpi"

LONG = (*_OF_KIND, _MPI)
"""The long names."""


def service_kind(name: str, text: str) -> str:
    """Return `triton`, or raise ConfigError with the reason why another kind of server is not served."""
    if text in _KINDS:
        raise ConfigError(f"{name} {text}: {_KINDS[text]}")
    return one_of(name, text, ("triton",))


def refusal(name: str) -> str:
    """Return the sentence for a name of `LONG`, with its dashes."""
    kind = _OF_KIND.get(f"{name.removeprefix('--')}=")
    if kind is not None:
        return f"{name}: this belongs to --service-kind {kind}, and {_KINDS[kind]}"
    return f"{name}: loadgen takes no part in MPI; run one loadgen for each model, at the same time"
