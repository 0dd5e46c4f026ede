"""Options that make no sense together: each pair is refused with a sentence that names both (behaviour section 1.3).

perf_analyzer lets most of them pass without a word, and then measures another thing than was asked for: with a
certificate but without --ssl-grpc-use-ssl, say, nothing is encrypted.
"""

from loadgen.cli.options import Options
from loadgen.errors import ConfigError

_NEEDS = {
    "--ssl-grpc-root-certifications-file": ("--ssl-grpc-use-ssl",),
    "--ssl-grpc-private-key-file": ("--ssl-grpc-use-ssl", "--ssl-grpc-certificate-chain-file"),
    "--ssl-grpc-certificate-chain-file": ("--ssl-grpc-use-ssl", "--ssl-grpc-private-key-file"),
    "--ssl-https-client-certificate-file": ("--ssl-https-private-key-file",),
    "--ssl-https-client-certificate-type": ("--ssl-https-client-certificate-file",),
    "--ssl-https-private-key-file": ("--ssl-https-client-certificate-file",),
    "--ssl-https-private-key-type": ("--ssl-https-private-key-file",),
}
"""An option, and what has to be there as well."""


def refuse_contradictions(options: Options) -> None:
    """Raise ConfigError for the first of the options given that does not go with the others."""
    names = {name for name, _ in options.given}
    for name, value in options.given:
        typed = f"{name} {value}".rstrip()
        protocol = _protocol_of(name, value)
        if protocol not in (None, options.protocol):
            raise ConfigError(f"{typed}: this needs -i {protocol}, not -i {options.protocol}")
        for needed in _NEEDS.get(name, ()):
            if needed not in names:
                raise ConfigError(f"{typed}: this needs {needed} as well")
        if _is_about_tls(name) and not options.is_tls:
            raise ConfigError(f"{typed}: this needs {_way_to_tls(options)}, or nothing is encrypted")


def _protocol_of(name: str, value: str) -> str | None:
    """Return the protocol without which an option has no meaning, None if it has one with both."""
    if name.startswith("--ssl-https-") or name.endswith("-tensor-format"):
        return "http"
    if name.startswith(("--ssl-grpc-", "--grpc-")) or name in ("--streaming", "--keepalive"):
        return "grpc"
    return "grpc" if (name, value) == ("--client", "grpcio") else None


def _is_about_tls(name: str) -> bool:
    return name.startswith(("--ssl-https-", "--ssl-target-"))


def _way_to_tls(options: Options) -> str:
    return "--ssl-grpc-use-ssl" if options.protocol == "grpc" else "-u https://..."
