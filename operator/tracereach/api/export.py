"""`spec.export` of a policy: the user's own tracing backend, and what is needed to reach it."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator

from tracereach.api.schema import NO_EXPANSION, Model, Name, Text, cel, rules

GRPC_PORT, HTTP_PORT = 4317, 4318
"""Where a backend usually takes OTLP by each protocol, and where the sidecar does."""


class SecretKey(Model):
    """A key of a Secret in the workload's own namespace. The kubelet reads it; Tracereach never does."""

    name: Name
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]


class Header(Model):
    """A header of the export requests."""

    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[-_a-zA-Z0-9]+$")]
    secret_key_ref: SecretKey


_TLS_SOMETHING = "must name at least one of ca, certificate and privateKey"
_TLS_PAIR = "must name certificate and privateKey together, or neither"


class ExportTls(Model):
    """What proves the backend to the collector, and the collector to the backend: PEM, each a key of a Secret."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("has(self.ca) || has(self.certificate) || has(self.privateKey)", _TLS_SOMETHING),
            cel("has(self.certificate) == has(self.privateKey)", _TLS_PAIR),
        )
    )

    ca: SecretKey | None = None
    """Certificates of the authorities to trust instead of the public ones."""
    certificate: SecretKey | None = None
    """The client's certificate, for mutual TLS."""
    private_key: SecretKey | None = None
    """The key of the client's certificate."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ExportTls":
        if not (self.ca or self.certificate or self.private_key):
            raise ValueError(_TLS_SOMETHING)
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError(_TLS_PAIR)
        return self


_ENDPOINT_CEL = (
    "isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != '' && !self.contains('@')"
)
_ENDPOINT_RULE = (
    "must be an http:// or https:// URL with a host, in plain ASCII, a port from 1 to 65535 if any, and no user:"
    " credentials belong into spec.export.headers"
)
_GRPC = r"^https?://[^/?#]+:[0-9]+/?$"
_GRPC_RULE = "the endpoint must have a port and no path where the protocol is grpc, such as http://collector:4317"
_TLS_RULE = "the endpoint must begin with https:// where tls is set"
_HEADERS_RULE = "must name each header once, whatever its case"


class Export(Model):
    """Where spans go: the user's own tracing backend."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(f"(has(self.protocol) && self.protocol != 'grpc') || self.endpoint.matches('{_GRPC}')", _GRPC_RULE),
            cel("!has(self.tls) || self.endpoint.lowerAscii().startsWith('https:')", _TLS_RULE),
        )
    )

    endpoint: Annotated[
        Text,
        Field(json_schema_extra=rules(NO_EXPANSION, cel(_ENDPOINT_CEL, _ENDPOINT_RULE))),
    ]
    """The backend's URL; with grpc it has a port and no path."""
    protocol: Literal["grpc", "http/protobuf"] = "grpc"
    """What the endpoint speaks: usually grpc on port 4317, http/protobuf on 4318."""
    headers: Annotated[
        tuple[Header, ...],
        Field(
            max_length=8,
            json_schema_extra=rules(
                cel("self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))", _HEADERS_RULE)
            ),
        ),
    ] = ()
    """Headers of every export request, such as an authorization."""
    tls: ExportTls | None = None
    """Certificates for an https endpoint, beside what every system trusts."""

    @field_validator("endpoint")
    @classmethod
    def _is_a_url(cls, endpoint: str) -> str:
        try:
            parts = urlsplit(endpoint)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in endpoint
        except ValueError:
            usable = False
        if not usable or not endpoint.isascii() or not endpoint.isprintable():
            raise ValueError(_ENDPOINT_RULE)
        return endpoint

    @field_validator("headers")
    @classmethod
    def _names_each_once(cls, headers: tuple[Header, ...]) -> tuple[Header, ...]:
        if len({header.name.lower() for header in headers}) < len(headers):
            raise ValueError(_HEADERS_RULE)
        return headers

    @model_validator(mode="after")
    def _suits_its_protocol(self) -> "Export":
        if self.protocol == "grpc" and not re.match(_GRPC, self.endpoint):
            raise ValueError(_GRPC_RULE)
        if self.tls and urlsplit(self.endpoint).scheme != "https":
            raise ValueError(_TLS_RULE)
        return self
