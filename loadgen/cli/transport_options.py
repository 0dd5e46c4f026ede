"""The options that say how the requests travel."""

from loadgen.cli import values
from loadgen.cli.changes import Option, chooses, sets, switches, takes
from loadgen.errors import ConfigError

_TENSOR_FORMATS = {"binary": False, "json": True}
_COMPRESSIONS = {"none": None, "gzip": "gzip", "deflate": "deflate"}


def _shared_memory(name: str, text: str) -> str | None:
    if text == "cuda":
        raise ConfigError(f"{name} cuda: loadgen holds no memory of a GPU; system shares that of the machine")
    word = values.one_of(name, text, ("none", "system"))
    return None if word == "none" else word


def _file_type(name: str, text: str) -> str:
    """Take no more than the right words: a file shows by itself which of them it is."""
    return values.one_of(name, text, ("PEM", "DER"))


GROUPS: dict[str, tuple[Option, ...]] = {
    "Transport": (
        Option(
            "--streaming",
            "",
            switches("transport.streaming"),
            "send the requests over bidirectional gRPC streams, one for each request in flight; needed for decoupled"
            " models (default: off)",
        ),
        Option(
            "--grpc-compression-algorithm",
            "none|gzip|deflate",
            chooses("transport.compression", _COMPRESSIONS),
            "compression of the gRPC messages that are sent (default: none)",
        ),
        Option(
            "--input-tensor-format",
            "binary|json",
            chooses("transport.json_inputs", _TENSOR_FORMATS, any_case=True),
            "how tensors are sent over HTTP (default: binary)",
        ),
        Option(
            "--output-tensor-format",
            "binary|json",
            chooses("transport.json_outputs", _TENSOR_FORMATS, any_case=True),
            "how tensors are asked for over HTTP (default: binary)",
        ),
        Option(
            "--shared-memory",
            "none|system",
            sets("transport.shared_memory", _shared_memory),
            "share the tensors with a server on this machine (Linux), which reads inputs from memory and writes outputs"
            " there, in place of sending them (default: none)",
        ),
        Option(
            "--output-shared-memory-size",
            "BYTES",
            sets("transport.output_shared_memory_size", values.not_negative),
            "room for each inference of an output whose size the model does not tell, such as strings; at least 0"
            " (default: 102400)",
        ),
        Option(
            "--request-timeout",
            "TIME",
            sets("transport.request_timeout_s", values.seconds),
            "a request that takes longer has failed; with its unit, such as 500ms or 2.5s, above 0 (default: no limit)",
            is_ours=True,
        ),
        Option(
            "--keepalive",
            "TIME",
            sets("transport.keepalive_s", values.seconds),
            "ping a gRPC connection that was silent for so long, and take it for lost without an answer; with its unit,"
            " such as 30s, above 0 (default: never)",
            is_ours=True,
        ),
        Option(
            "--client",
            "loadgen|grpcio",
            chooses("transport.client", ("loadgen", "grpcio")),
            "who speaks gRPC: loadgen itself, or the official library, for comparison (default: loadgen)",
            is_ours=True,
        ),
    ),
    "TLS over gRPC": (
        Option(
            "--ssl-grpc-use-ssl",
            "",
            switches("grpc_tls"),
            "encrypt, and verify the server's certificate (default: off)",
        ),
        Option(
            "--ssl-grpc-root-certifications-file",
            "FILE",
            sets("tls.ca_file", values.file),
            "authorities to trust, PEM (default: the system's)",
        ),
        Option(
            "--ssl-grpc-private-key-file",
            "FILE",
            sets("tls.key_file", values.file),
            "our private key, PEM, with the certificate chain (default: none)",
        ),
        Option(
            "--ssl-grpc-certificate-chain-file",
            "FILE",
            sets("tls.certificate_file", values.file),
            "our certificate chain, PEM, with the private key (default: none)",
        ),
    ),
    "TLS over HTTP (a url that begins with https://)": (
        Option(
            "--ssl-https-verify-peer",
            "0|1",
            chooses("tls.verify_peer", {"0": False, "1": True}),
            "whether the server's certificate has to come from a trusted authority; without that its name proves"
            " nothing, and is not checked either (default: 1)",
        ),
        Option(
            "--ssl-https-verify-host",
            "0|1|2",
            chooses("tls.verify_host", {"0": False, "1": True, "2": True}),
            "whether the certificate has to be made out to the name of the server; 1 and 2 are the same (default: 2)",
        ),
        Option(
            "--ssl-https-ca-certificates-file",
            "FILE",
            sets("tls.ca_file", values.file),
            "authorities to trust, PEM (default: the system's)",
        ),
        Option(
            "--ssl-https-client-certificate-file",
            "FILE",
            sets("tls.certificate_file", values.file),
            "our certificate, with the private key (default: none)",
        ),
        Option(
            "--ssl-https-client-certificate-type",
            "PEM|DER",
            takes(_file_type),
            "format of our certificate (default: as the file shows)",
        ),
        Option(
            "--ssl-https-private-key-file",
            "FILE",
            sets("tls.key_file", values.file),
            "our private key, with the certificate (default: none)",
        ),
        Option(
            "--ssl-https-private-key-type",
            "PEM|DER",
            takes(_file_type),
            "format of our private key (default: as the file shows)",
        ),
    ),
    "TLS over both": (
        Option(
            "--ssl-target-name",
            "NAME",
            sets("tls.server_name", values.text),
            "the name to ask for (SNI) and to find in the certificate (default: the host of the url)",
            is_ours=True,
        ),
    ),
}
