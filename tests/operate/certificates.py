"""Certificates for tests, signed by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

PRIVATE = PrivateFormat.PKCS8


def write_certificate(folder: Path, serial: int, *, password: bytes | None = None) -> None:
    """Write cert.pem and key.pem: a certificate for 127.0.0.1 with this serial number."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime.now(UTC) - timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begins).not_valid_after(begins + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    sealed = NoEncryption() if password is None else BestAvailableEncryption(password)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PRIVATE, sealed))
