"""Certificates for TLS tests, made for the moment: of a good authority, and of all the ways to be wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files in a folder. A certificate's file holds its chain and its key, so it serves as both."""

    folder: Path

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        authority, stranger = trustme.CA(), trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        self._write("good", authority.issue_cert(HOST, "localhost", "::1"))
        self._write("elsewhere", authority.issue_cert("elsewhere.example"))
        self._write("expired", authority.issue_cert(HOST, not_before=now - 2 * DAY, not_after=now - DAY))
        self._write("too_early", authority.issue_cert(HOST, not_before=now + DAY, not_after=now + 2 * DAY))
        self._write("unknown_authority", stranger.issue_cert(HOST))
        self._write("client", authority.issue_cert("client.example"))
        self._write("strange_client", stranger.issue_cert("client.example"))
        Path(self["self_signed"]).write_bytes(_self_signed(now))

    @property
    def ca(self) -> str:
        """The authority that clients and servers trust."""
        return str(self.folder / "ca.pem")

    def __getitem__(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def _write(self, name: str, certificate: trustme.LeafCert) -> None:
        certificate.private_key_and_cert_chain_pem.write_to_path(self[name])


def _self_signed(now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alone.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now - DAY).not_valid_after(now + DAY).sign(key, SHA256())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
