"""Where a container's spans go, by what its user has set: each case is one row of a table."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import variable
from tracereach.api.reasons import Reason
from tracereach.inject import Skipped
from tracereach.inject.containers import environment
from tracereach.inject.evidence import Choice
from tracereach.inject.exporting import (
    able_to_export,
    destination,
    exporter_variables,
    needs_certificates,
)

P = "OTEL_EXPORTER_OTLP_"
FROM_CONFIG_MAP = {"valueFrom": {"configMapKeyRef": {"name": "settings", "key": "otlp"}}}
JAVA, PYTHON, SDK = Choice(("java",), "test"), Choice(("python",), "test"), Choice(("sdk",), "test")
ANY = Choice(("java", "nodejs", "python"), "test", guessed=True)
SIDECAR = make_injection().revision
HEADER = {"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}}
HTTP = {"endpoint": "https://api.example:4318/otlp", "protocol": "http/protobuf", "headers": [HEADER]}
DIRECT = make_injection(collector={"mode": "Direct"}, export=HTTP).revision


def present(*entries: dict[str, Any] | tuple[str, str]) -> dict[str, Any]:
    return environment({"env": [variable(*entry) if isinstance(entry, tuple) else entry for entry in entries]})


def reference(name: str) -> dict[str, Any]:
    return {"name": name, **FROM_CONFIG_MAP}


def added(user: dict[str, Any], choice: Choice, *, direct: bool = False) -> dict[str, Any]:
    revision = DIRECT if direct else SIDECAR
    found = exporter_variables(user, destination(user), revision, choice.agents, sidecar=not direct)
    return {entry["name"]: entry.get("value") for entry in found}


@pytest.mark.parametrize(
    ("user", "place"),
    [
        ([], "OURS"),
        ([(f"{P}TIMEOUT", "5000")], "OURS"),
        ([(f"{P}ENDPOINT", "http://mine:4317")], "OWN"),
        ([(f"{P}TRACES_ENDPOINT", "http://mine:4317")], "OWN"),
        ([reference(f"{P}ENDPOINT")], "OWN"),
        ([(f"{P}ENDPOINT", "http://mine:4317"), (f"{P}PROTOCOL", "grpc")], "OWN"),
        ([(f"{P}METRICS_ENDPOINT", "http://mine:4317")], "OURS"),
        ([(f"{P}PROTOCOL", "grpc")], "OURS"),
        ([(f"{P}TRACES_PROTOCOL", "grpc")], "OURS"),
        ([(f"{P}HEADERS", "a=b")], "DEFAULT"),
        ([(f"{P}PROTOCOL", "grpc"), (f"{P}CERTIFICATE", "/tls/ca.crt")], "DEFAULT"),
        ([(f"{P}ENDPOINT", "")], "OURS"),
        ([(f"{P}ENDPOINT", ""), (f"{P}TRACES_ENDPOINT", "")], "DEFAULT"),
        ([("OTEL_TRACES_EXPORTER", "otlp")], "OURS"),
        ([("OTEL_TRACES_EXPORTER", "console, otlp")], "OURS"),
        ([("OTEL_TRACES_EXPORTER", "")], "OURS"),
        ([reference("OTEL_TRACES_EXPORTER")], "OURS"),
        ([("OTEL_TRACES_EXPORTER", "none")], "OTHER"),
        ([("OTEL_TRACES_EXPORTER", "zipkin"), (f"{P}ENDPOINT", "http://mine:4317")], "OTHER"),
        ([("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_EXPORTER", "otlp")], "OURS"),
    ],
)
def test_destination(user: list[Any], place: str) -> None:
    assert destination(present(*user)).name == place


@pytest.mark.parametrize(
    ("user", "choice", "expected"),
    [
        ([], JAVA, {f"{P}ENDPOINT": "http://127.0.0.1:4318", f"{P}PROTOCOL": "http/protobuf"}),
        # A protocol names no place, so ours is added in its form; nothing of an endpoint of the user's own is.
        ([(f"{P}PROTOCOL", "grpc")], JAVA, {f"{P}ENDPOINT": "http://127.0.0.1:4317"}),
        ([(f"{P}PROTOCOL", "http/json")], SDK, {f"{P}ENDPOINT": "http://127.0.0.1:4318"}),
        ([(f"{P}TRACES_PROTOCOL", "grpc")], JAVA, {f"{P}ENDPOINT": "http://127.0.0.1:4317"}),
        ([reference(f"{P}PROTOCOL")], JAVA, {f"{P}ENDPOINT": "http://127.0.0.1:4318"}),
        ([(f"{P}ENDPOINT", "http://mine:4318")], JAVA, {}),
        ([(f"{P}HEADERS", "a=b")], JAVA, {}),
        ([("OTEL_TRACES_EXPORTER", "none")], PYTHON, {}),
        # The Python agent has one protocol, which is not its own default.
        ([(f"{P}ENDPOINT", "http://mine:4318")], PYTHON, {f"{P}PROTOCOL": "http/protobuf"}),
        ([(f"{P}ENDPOINT", "http://mine"), (f"{P}PROTOCOL", "http/protobuf")], PYTHON, {}),
        ([(f"{P}ENDPOINT", "http://mine:4318")], SDK, {}),
        ([(f"{P}HEADERS", "a=b")], PYTHON, {f"{P}PROTOCOL": "http/protobuf"}),
        # Where other signals are the user's, or a name is taken by an empty value, only traces are told where to go.
        (
            [(f"{P}METRICS_ENDPOINT", "http://mine:4317")],
            JAVA,
            {f"{P}TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces", f"{P}TRACES_PROTOCOL": "http/protobuf"},
        ),
        (
            [("OTEL_LOGS_EXPORTER", "otlp"), (f"{P}PROTOCOL", "grpc")],
            JAVA,
            {f"{P}TRACES_ENDPOINT": "http://127.0.0.1:4317"},
        ),
        (
            [(f"{P}ENDPOINT", "")],
            JAVA,
            {f"{P}TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces", f"{P}TRACES_PROTOCOL": "http/protobuf"},
        ),
    ],
)
def test_what_is_added_beside_a_collector(user: list[Any], choice: Choice, expected: dict[str, str]) -> None:
    assert added(present(*user), choice) == expected


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (
            [],
            {
                f"{P}ENDPOINT": "https://api.example:4318/otlp",
                f"{P}PROTOCOL": "http/protobuf",
                "TRACEREACH_EXPORT_HEADER_0": None,
                f"{P}HEADERS": "authorization=$(TRACEREACH_EXPORT_HEADER_0)",
            },
        ),
        (
            [(f"{P}METRICS_HEADERS", "a=b")],
            {
                f"{P}TRACES_ENDPOINT": "https://api.example:4318/otlp/v1/traces",
                f"{P}TRACES_PROTOCOL": "http/protobuf",
                "TRACEREACH_EXPORT_HEADER_0": None,
                f"{P}TRACES_HEADERS": "authorization=$(TRACEREACH_EXPORT_HEADER_0)",
            },
        ),
        # With an endpoint of the user's own, no reference to the policy's Secret comes into the container.
        ([(f"{P}ENDPOINT", "http://mine:4318")], {}),
        ([(f"{P}HEADERS", "a=b")], {}),
    ],
)
def test_what_is_added_without_a_collector(user: list[Any], expected: dict[str, str | None]) -> None:
    assert added(present(*user), JAVA, direct=True) == expected


@pytest.mark.parametrize(
    ("user", "choice", "direct", "agents"),
    [
        ([], ANY, False, ("java", "nodejs", "python")),
        ([(f"{P}PROTOCOL", "grpc")], ANY, False, ("java", "nodejs")),
        ([(f"{P}PROTOCOL", "grpc")], PYTHON, False, None),
        ([(f"{P}TRACES_PROTOCOL", "grpc"), (f"{P}PROTOCOL", "http/protobuf")], PYTHON, False, None),
        ([(f"{P}TRACES_PROTOCOL", "http/protobuf"), (f"{P}PROTOCOL", "grpc")], PYTHON, False, ("python",)),
        ([reference(f"{P}PROTOCOL")], PYTHON, False, ("python",)),
        ([(f"{P}ENDPOINT", "http://mine:4317")], PYTHON, False, None),
        ([(f"{P}ENDPOINT", "http://$(NODE_IP):4317")], ANY, False, ("java", "nodejs")),
        ([(f"{P}ENDPOINT", "http://mine:not-a-port")], PYTHON, False, ("python",)),
        ([(f"{P}ENDPOINT", "http://mine:4318")], PYTHON, False, ("python",)),
        ([(f"{P}PROTOCOL", "grpc"), ("OTEL_TRACES_EXPORTER", "console")], PYTHON, False, ("python",)),
        ([], PYTHON, True, ("python",)),
        # Without a collector, the policy's endpoint cannot take another protocol, whatever the agent speaks.
        ([(f"{P}PROTOCOL", "grpc")], JAVA, True, None),
        ([(f"{P}PROTOCOL", "grpc")], SDK, True, None),
        ([(f"{P}PROTOCOL", "grpc"), (f"{P}ENDPOINT", "http://mine:4317")], JAVA, True, ("java",)),
        ([(f"{P}PROTOCOL", "http/protobuf")], JAVA, True, ("java",)),
    ],
)
def test_agents_that_could_not_export_are_not_put_in(
    user: list[Any],
    choice: Choice,
    direct: bool,  # noqa: FBT001 - a column of a table
    agents: tuple[str, ...] | None,
) -> None:
    own, revision = present(*user), DIRECT if direct else SIDECAR
    outcome = able_to_export(choice, own, destination(own), revision, container="app", sidecar=not direct)
    if agents is None:
        assert isinstance(outcome, Skipped)
        assert (outcome.container, outcome.reason) == ("app", Reason.PROTOCOL_UNSUPPORTED)
    else:
        assert isinstance(outcome, Choice)
        assert outcome.agents == agents


@pytest.mark.parametrize(
    ("user", "direct", "needed"),
    [([], True, True), ([], False, False), ([(f"{P}ENDPOINT", "http://mine:4318")], True, False)],
)
def test_certificates_are_files_only_where_an_sdk_reads_them(
    user: list[Any],
    direct: bool,  # noqa: FBT001 - a column of a table
    needed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    tls = {"ca": {"name": "backend", "key": "ca.crt"}}
    revision = make_injection(export={"endpoint": "https://api.example:443", "tls": tls}).revision
    place = destination(present(*user))
    assert needs_certificates(place, revision, sidecar=not direct) is needed
    assert needs_certificates(place, SIDECAR, sidecar=not direct) is False
