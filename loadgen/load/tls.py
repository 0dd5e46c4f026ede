"""How the server is authenticated, and how we are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tls:
    """TLS to the server; its certificate is verified unless that is switched off.

    `ca_file` holds the authorities to trust (None: the system's), `certificate_file` and `key_file` are our own when
    the server asks for them (a file may hold both), and `server_name` is the name that is asked for (SNI) and expected
    in the certificate when it is not the host of the url. `verify_peer` is about the chain of certificates, without
    which a name is not looked at either; `verify_host` about the name alone. The files may be PEM or DER, which they
    show by themselves.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    verify_peer: bool = True
    verify_host: bool = True
