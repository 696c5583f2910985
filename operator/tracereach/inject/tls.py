"""Certificates for the policy's endpoint, from a Secret of the workload's namespace, which nobody here reads.

The collector takes them from its environment, where a missing Secret is an empty value and stops nothing. An SDK wants
files, so in Direct mode the same keys are a volume of the application's container.
"""

from typing import Any

from tracereach.api import names
from tracereach.api.export import SecretKey
from tracereach.api.revision import Revision

TLS_VOLUME = f"{names.PREFIX}tls"
TLS_PATH = "/tracereach-tls"
_FILES = {"CERTIFICATE": "ca.crt", "CLIENT_CERTIFICATE": "tls.crt", "CLIENT_KEY": "tls.key"}
_VARIABLES = {
    "CERTIFICATE": "TRACEREACH_EXPORT_CA",
    "CLIENT_CERTIFICATE": "TRACEREACH_EXPORT_CERTIFICATE",
    "CLIENT_KEY": "TRACEREACH_EXPORT_PRIVATE_KEY",
}
_COLLECTOR_FIELDS = {"CERTIFICATE": "ca_pem", "CLIENT_CERTIFICATE": "cert_pem", "CLIENT_KEY": "key_pem"}


def tls_volume(revision: Revision) -> dict[str, Any] | None:
    """The volume with the certificates, for a pod whose SDKs export by themselves; None where there are none."""
    sources = [
        {
            "secret": {
                "name": key.name,
                "items": [{"key": key.key, "path": _FILES[suffix]}],
                "optional": True,
            }
        }
        for suffix, key in _keys(revision).items()
    ]
    return {"name": TLS_VOLUME, "projected": {"defaultMode": 0o644, "sources": sources}} if sources else None


def tls_mount(revision: Revision) -> dict[str, Any] | None:
    """The mount of `tls_volume` in an application's container."""
    return {"name": TLS_VOLUME, "mountPath": TLS_PATH, "readOnly": True} if _keys(revision) else None


def tls_files(revision: Revision) -> dict[str, str]:
    """By the ending of the exporter's variable: the path of each certificate in an application's container."""
    return {suffix: f"{TLS_PATH}/{_FILES[suffix]}" for suffix in _keys(revision)}


def tls_variables(revision: Revision) -> list[dict[str, Any]]:
    """The certificates as environment of the collector."""
    return [
        {
            "name": _VARIABLES[suffix],
            "valueFrom": {"secretKeyRef": {"name": key.name, "key": key.key, "optional": True}},
        }
        for suffix, key in _keys(revision).items()
    ]


def tls_settings(revision: Revision) -> dict[str, str]:
    """The collector's settings for TLS: each refers to a variable of `tls_variables`."""
    return {_COLLECTOR_FIELDS[suffix]: f"${{env:{_VARIABLES[suffix]}}}" for suffix in _keys(revision)}


def _keys(revision: Revision) -> dict[str, SecretKey]:
    tls = revision.spec.export.tls
    if tls is None:
        return {}
    keys = {"CERTIFICATE": tls.ca, "CLIENT_CERTIFICATE": tls.certificate, "CLIENT_KEY": tls.private_key}
    return {suffix: key for suffix, key in keys.items() if key is not None}
