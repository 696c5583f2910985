"""Go by eBPF: only where it is named, only where it can work, and reversible like everything else."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, reasons, template, variable, variables
from tracereach.inject import inject, remove

GO = make_injection(agents=["go"])
LEDGER = {"command": ["/ledger"]}


def test_it_watches_the_program_from_a_privileged_container_beside_it() -> None:
    before = template(**LEDGER, env=[variable("OTEL_SERVICE_NAME", "books")])
    result = inject(before, GO)
    agent = container(result.template, "tracereach-agent-go")
    found = variables(result.template, "tracereach-agent-go")
    assert result.agents == ("go",)
    assert container(result.template) == container(before)
    assert result.template["spec"]["shareProcessNamespace"] is True
    assert agent["securityContext"]["privileged"] is True
    assert found["OTEL_GO_AUTO_TARGET_EXE"] == "/ledger"
    assert found["OTEL_SERVICE_NAME"] == "books"
    assert found["OTEL_PROPAGATORS"] == "tracecontext", "the others it does not have"
    assert {"name": "tracereach-kernel-debug", "hostPath": {"path": "/sys/kernel/debug", "type": "Directory"}} in (
        result.template["spec"]["volumes"]
    )
    assert remove(result.template) == before


def test_an_annotation_names_the_program_where_the_command_does_not() -> None:
    result = inject(template(annotations={"tracereach.dev/go-executable": "/srv/app"}), GO)
    assert variables(result.template, "tracereach-agent-go")["OTEL_GO_AUTO_TARGET_EXE"] == "/srv/app"


@pytest.mark.parametrize(
    ("spec", "app", "word"),
    [
        ({}, {}, "go-executable"),
        ({}, {"args": ["/ledger"]}, "go-executable"),
        ({}, {"command": ["ledger"]}, "go-executable"),
        ({"shareProcessNamespace": False}, LEDGER, "shareProcessNamespace"),
        ({"hostPID": True}, LEDGER, "hostPID"),
    ],
)
def test_it_says_what_it_lacks(spec: dict[str, Any], app: dict[str, Any], word: str) -> None:
    result = inject(template(spec=spec, **app), GO)
    assert reasons(result) == [("app", "EbpfImpossible")]
    assert word in result.skipped[0].message
    assert not result.injected


def test_a_namespace_without_privileges_has_no_place_for_it() -> None:
    result = inject(template(**LEDGER), make_injection(agents=["go"], privileged=False))
    assert reasons(result) == [("app", "EbpfImpossible")]


def test_one_container_of_a_pod_is_followed() -> None:
    pod = template(**LEDGER)
    pod["spec"]["containers"].append({"name": "other", "command": ["/other"]})
    result = inject(pod, GO)
    assert reasons(result) == [("other", "EbpfImpossible")]


def test_nobody_gets_it_unasked() -> None:
    assert "go" not in inject(template(command=["/ledger"]), make_injection()).agents


def test_what_the_user_s_settings_refer_to_comes_with_them() -> None:
    env = [variable("HOST", "$(ZONE).a"), variable("ZONE", "z"), variable("OTHER", "$(OTHER)")]
    env.append(variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://$(HOST):4318"))
    result = inject(template(**LEDGER, env=env), GO)
    found = variables(result.template, "tracereach-agent-go")
    assert {"HOST", "ZONE", "OTEL_EXPORTER_OTLP_ENDPOINT"} <= found.keys()
    assert "OTHER" not in found
