"""A channel of the official gRPC library to a target: for its blocking half and its asyncio half alike."""

import ssl
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, cast

import grpc

from loadgen.errors import ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.net.dial import dial_tls
from loadgen.net.tls import CERTIFICATE, PRIVATE_KEY, read_pem, ssl_context, tls_words
from loadgen.wire.grpc import metadata_field

Metadata = tuple[tuple[str, str | bytes], ...]

_TIMEOUT_S = 10.0
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),  # loadgen itself goes straight to the server, so these calls do too
    ("grpc.use_local_subchannel_pool", 1),  # channels to the same server would share one connection
)


@dataclass(frozen=True)
class Security:
    """How a channel is secured: None is not at all. `name` is the one to be expected if it is not the host."""

    credentials: grpc.ChannelCredentials | None = None
    name: str | None = None


def open_channel(
    library: ModuleType, target: Target, security: Security, options: Sequence[tuple[str, int]] = ()
) -> Any:  # noqa: ANN401 - the classes of grpcio carry no types
    """Return a channel of `library` (grpc, or grpc.aio) to the target; nothing is sent yet."""
    if security.credentials is None:
        return library.insecure_channel(target.url, options=(*_OPTIONS, *options))
    name = () if security.name is None else (("grpc.ssl_target_name_override", security.name),)
    return library.secure_channel(target.url, security.credentials, options=(*_OPTIONS, *options, *name))


def security_of(target: Target) -> Security:
    """Return how the channels to a target are secured. May ask the server, for 10 s at most.

    grpcio cannot leave verification out. So the certificate that the server shows is fetched beforehand, and is the one
    that is trusted (without `verify_peer`), or whose name is expected (without `verify_host`). It must have a name, and
    must not have expired. Without a `ca_file`, grpcio trusts a list of authorities of its own.

    Raises ConfigError for a file that cannot be used, and ServerError when the server shows no certificate.
    """
    tls = target.tls
    if tls is None:
        return Security()
    ssl_context(tls, protocols=["h2"])  # It says better than grpcio what is wrong with a file.
    trusted, name = tls.ca_file and read_pem(tls.ca_file, CERTIFICATE), tls.server_name
    try:
        if not tls.verify_peer:
            trusted, name = _shown_certificate(target.endpoint, tls)
        elif not tls.verify_host:
            name = _shown_name(target.endpoint, ssl_context(tls, protocols=["h2"]))
    except OSError as error:
        raise ServerError(f"{target.endpoint}: {tls_words(error)}") from error
    return Security(grpc.ssl_channel_credentials(trusted, *_our_key_and_certificate(tls)), name)


def metadata_of(headers: Iterable[tuple[str, str]]) -> Metadata:
    """Return headers as the metadata of a call. Raises ConfigError for those that gRPC cannot carry."""
    fields = [metadata_field(name, value) for name, value in headers]
    # What is binary is base64 without padding on the wire, and grpcio makes that of it itself.
    return tuple(
        (name.decode(), b64decode(value + b"==") if name.endswith(b"-bin") else value.decode())
        for name, value in fields
    )


def _our_key_and_certificate(tls: Tls) -> tuple[bytes | None, bytes | None]:
    if tls.certificate_file is None:
        return None, None
    return read_pem(tls.key_file or tls.certificate_file, PRIVATE_KEY), read_pem(tls.certificate_file, CERTIFICATE)


def _shown_certificate(endpoint: Endpoint, tls: Tls) -> tuple[bytes, str]:
    """Return the certificate that a server shows to anybody, in PEM, and a name in it."""
    with dial_tls(endpoint, ssl_context(tls, protocols=["h2"]), timeout_s=_TIMEOUT_S) as connection:
        der = connection.getpeercert(binary_form=True)
    assert der is not None, "a server without a certificate"
    # Its contents are told for a verified certificate alone, and against itself it is one.
    context = ssl_context(replace(tls, ca_file=None, verify_peer=True, verify_host=False), protocols=["h2"])
    context.load_verify_locations(cadata=der)
    return ssl.DER_cert_to_PEM_cert(der).encode(), _shown_name(endpoint, context)


def _shown_name(endpoint: Endpoint, context: ssl.SSLContext) -> str:
    """Return a name for which the server's certificate is valid."""
    with dial_tls(endpoint, context, timeout_s=_TIMEOUT_S) as connection:
        certificate = cast("dict[str, Any]", connection.getpeercert())
    names = [name for _, name in certificate.get("subjectAltName", ())]
    names += [value for part in certificate["subject"] for key, value in part if key == "commonName"]
    if not names:
        raise ServerError(f"{endpoint}: the server's certificate names nobody, and so grpcio will not take it")
    return str(names[0]).replace("*", "any")
