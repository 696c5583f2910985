"""Certificates for the backend go by reference: to the collector as environment, to an SDK as files."""

import pytest
import yaml

from tests.unit.inject.conftest import make_injection
from tracereach.inject.collector import configuration, container
from tracereach.inject.exporting import Destination, exporter_variables
from tracereach.inject.tls import tls_mount, tls_volume

CA = {"name": "authority", "key": "ca.pem"}
CLIENT = {"certificate": {"name": "client", "key": "tls.crt"}, "privateKey": {"name": "client", "key": "tls.key"}}
EXPORTS = {
    "grpc": {"endpoint": "https://api.example:443", "protocol": "grpc"},
    "http": {"endpoint": "https://api.example", "protocol": "http/protobuf"},
}


@pytest.mark.parametrize("protocol", EXPORTS)
def test_the_collector_reads_them_from_its_environment(protocol: str) -> None:
    injection = make_injection(export={**EXPORTS[protocol], "tls": {"ca": CA, **CLIENT}})
    (exporter,) = [
        one for name, one in yaml.safe_load(configuration(injection.revision))["exporters"].items() if "backend" in name
    ]
    settings = dict(exporter["tls"])
    assert settings.pop("insecure", False) is False
    env = {entry["name"]: entry for entry in container(injection, guaranteed=False)["env"]}
    found = {
        field: env[value.removeprefix("${env:").removesuffix("}")]["valueFrom"]["secretKeyRef"]
        for field, value in settings.items()
    }
    assert found == {
        "ca_pem": {**CA, "optional": True},
        "cert_pem": {**CLIENT["certificate"], "optional": True},
        "key_pem": {**CLIENT["privateKey"], "optional": True},
    }


def test_an_sdk_reads_them_from_files() -> None:
    injection = make_injection(export={**EXPORTS["http"], "tls": {"ca": CA, **CLIENT}}, collector={"mode": "Direct"})
    volume, mount = tls_volume(injection.revision), tls_mount(injection.revision)
    assert volume is not None
    assert mount is not None
    assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
    files = {
        f"{mount['mountPath']}/{item['path']}": (source["secret"]["name"], item["key"], source["secret"]["optional"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    variables = {
        entry["name"].removeprefix("OTEL_EXPORTER_OTLP_"): entry.get("value")
        for entry in exporter_variables({}, Destination.OURS, injection.revision, ("java",), sidecar=False)
    }
    assert {name: files[variables[name]] for name in ("CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY")} == {
        "CERTIFICATE": ("authority", "ca.pem", True),
        "CLIENT_CERTIFICATE": ("client", "tls.crt", True),
        "CLIENT_KEY": ("client", "tls.key", True),
    }


def test_only_what_is_asked_for_is_set() -> None:
    revision = make_injection(export={**EXPORTS["http"], "tls": {"ca": CA}}).revision
    assert yaml.safe_load(configuration(revision))["exporters"]["otlp_http/backend"]["tls"].keys() == {"ca_pem"}
    plain = make_injection().revision
    assert (tls_volume(plain), tls_mount(plain)) == (None, None)
