"""A certificate authority for one test."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    """PEM: an authority, and a certificate of it that serves both ends of a connection."""

    authority: str
    certificate: str
    key: str
    certificate_file: Path
    key_file: Path


def issue(directory: Path, *, names: list[str]) -> Issued:
    """A new authority, and a certificate for `names`, of which those that are addresses come as such."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _builder("authority", authority_key.public_key(), issuer="authority")
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = _builder(names[-1], key.public_key(), issuer="authority").add_extension(
        x509.SubjectAlternativeName([_name(name) for name in names]), critical=False
    )
    certificate = _pem(leaf.sign(authority_key, hashes.SHA256()))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    (directory / "tls.crt").write_text(certificate)
    (directory / "tls.key").write_text(secret)
    root = _pem(authority.sign(authority_key, hashes.SHA256()))
    return Issued(root, certificate, secret, directory / "tls.crt", directory / "tls.key")


def _builder(subject: str, key: ec.EllipticCurvePublicKey, *, issuer: str) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_common_name(subject))
        .issuer_name(_common_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
