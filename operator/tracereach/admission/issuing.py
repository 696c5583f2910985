"""The webhook's certificates: when new ones are due, and issuing them. `tracereach certificates` calls it.

Each renewal makes an authority of its own, whose key is thrown away once it has signed: nobody can sign with it later,
and no key of an authority has to be kept. So whom to trust changes with each renewal, and a new authority is stored
beside the one before until every replica of the webhook has read its new certificate.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

_CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock of an API server may be behind ours."""

_SETTLING = timedelta(minutes=30)
"""Kubelets bring a changed Secret into running pods within two minutes; until then the old certificate is served."""

_BESIDE = 4
"""Authorities of other runs that are trusted besides; runs that fail again and again must not pile them up."""


@dataclass(frozen=True)
class Certificates:
    """What is stored, each in PEM and empty where it is missing."""

    authorities: bytes = b""
    """The authorities to trust: that of the certificate, and for a while after a renewal the one before."""
    certificate: bytes = b""
    key: bytes = b""


def renewal(stored: Certificates, *, host: str, now: datetime) -> str | None:
    """Why new certificates for the DNS name `host` are due, None where those stored are good for a while."""
    if not stored.certificate:
        return "there is no certificate yet"
    try:
        certificate = x509.load_pem_x509_certificate(stored.certificate)
        key = serialization.load_pem_private_key(stored.key, password=None)
        store = Store(x509.load_pem_x509_certificates(stored.authorities))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"what is stored cannot be read: {error}"
    if key.public_key() != certificate.public_key():
        return "the key is of another certificate"
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    for moment, when in ((now, "now"), (now + lifetime / 3, "for another third of its lifetime")):
        try:
            verifier = PolicyBuilder().store(store).time(moment).build_server_verifier(x509.DNSName(host))
            verifier.verify(certificate, [])
        except VerificationError as error:
            return f"the certificate is not valid {when}: {error}"
    return None


def renewed(stored: Certificates, *, host: str, lifetime: timedelta, now: datetime) -> Certificates:
    """New certificates for the DNS name `host`; the newest authority before stays trusted beside the new one."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _issuer(authority, begin=now - _CLOCK_SKEW, end=now + lifetime)
    before = [each for each in _readable(stored.authorities)[:1] if each.not_valid_after_utc > now]
    return Certificates(
        authorities=_pem(issuer, *before),
        certificate=_pem(_server(host, key, issuer, authority)),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def settled(stored: Certificates, *, now: datetime) -> Certificates:
    """Good certificates without the authorities that no replica of the webhook needs any more."""
    certificate = x509.load_pem_x509_certificate(stored.certificate)
    if now < certificate.not_valid_before_utc + _CLOCK_SKEW + _SETTLING:
        return stored
    authorities = x509.load_pem_x509_certificates(stored.authorities)
    return replace(stored, authorities=_pem(*(each for each in authorities if _issued(certificate, each))))


def beside(authorities: bytes, present: bytes, *, now: datetime) -> bytes:
    """`authorities`, and those of `present` that are still valid, the newest few.

    Two first runs may issue at the same time, and only one of them gets to store what it has: until it is known which,
    both are trusted. What comes too much is gone with the next run that finds nothing to renew.
    """
    ours = _readable(authorities)
    others = [each for each in _readable(present) if each not in ours and each.not_valid_after_utc > now]
    return _pem(*ours, *others[:_BESIDE])


def _issuer(key: ec.EllipticCurvePrivateKey, *, begin: datetime, end: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tracereach webhook")])
    return (
        _builder(key.public_key(), begin=begin, end=end)
        .subject_name(name)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    host: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate, authority: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """A server's certificate. It has no subject: a common name has room for 64 characters, and nobody reads it."""
    return (
        _builder(key.public_key(), begin=issuer.not_valid_before_utc, end=issuer.not_valid_after_utc)
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )


def _builder(key: ec.EllipticCurvePublicKey, *, begin: datetime, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _readable(authorities: bytes) -> list[x509.Certificate]:
    """The certificates in PEM; none where something in it cannot be read."""
    try:
        return x509.load_pem_x509_certificates(authorities)
    except ValueError:
        return []


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)
