"""Certificates, keys and kubeconfigs of the local cluster. Used when the control plane starts for the first time."""

import base64
import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.testbed.local import layout
from tests.testbed.local.layout import RunDirectory

LIFETIME = datetime.timedelta(days=365)

# File name -> (common name, organization): who each component is to the API server's RBAC.
USERS = {
    "admin": ("admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "kubelet": (f"system:node:{layout.NODE_NAME}", "system:nodes"),
    "kube-proxy": ("system:kube-proxy", ""),
}
SERVER_NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"]
SERVER_ADDRESSES = ["127.0.0.1", layout.NODE_ADDRESS, layout.KUBERNETES_SERVICE]


@dataclass(frozen=True)
class Authority:
    """The cluster's certificate authority."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def create(directory: RunDirectory) -> None:
    """Write every key, certificate and kubeconfig of the cluster into the run directory."""
    authority = _authority()
    _write(directory.keys, "ca", authority.certificate, authority.key)
    _issue(authority, directory.keys, "apiserver", subject=_name("kube-apiserver"), server=True)
    for user, (common_name, organization) in USERS.items():
        _issue(authority, directory.keys, user, subject=_name(common_name, organization), server=False)
        _write_kubeconfig(directory, user)
    _write_service_account_keys(directory.keys)


def _name(common_name: str, organization: str = "") -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("tracereach-testbed")
    builder = _builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _issue(authority: Authority, folder: Path, file: str, *, subject: x509.Name, server: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _builder(subject, authority.certificate.subject, key)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if server:
        names: Sequence[x509.GeneralName] = [
            *(x509.DNSName(name) for name in SERVER_NAMES),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in SERVER_ADDRESSES),
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    _write(folder, file, builder.sign(authority.key, hashes.SHA256()), key)


def _write(folder: Path, file: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    (folder / f"{file}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_private(folder / f"{file}.key", key)


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _write_service_account_keys(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_private(folder / "service-account.key", key)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "service-account.pub").write_bytes(public)


def _write_kubeconfig(directory: RunDirectory, user: str) -> None:
    """Hold the certificates inline, so that the file can be copied anywhere."""

    def inline(file: str) -> str:
        return base64.b64encode((directory.keys / file).read_bytes()).decode()

    cluster = {"server": layout.API_SERVER, "certificate-authority-data": inline("ca.crt")}
    credentials = {"client-certificate-data": inline(f"{user}.crt"), "client-key-data": inline(f"{user}.key")}
    name = "tracereach"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
    path = directory.kubeconfig_of(user)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
