"""What `tracereach plan` says of coverage: before and after the rollout, and of the breaks that will remain."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.cli.conftest import CATALOGUE, POLICY, Call

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "manifests" / "demo"
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


def shop(name: str, *env: tuple[str, str], pod: str = "", selected: bool = True) -> str:
    """A Deployment with a Service of its name."""
    variables = "".join(f"{{name: {key}, value: {value!r}}}," for key, value in env)
    labels = "{tracing: enabled}" if selected else "{}"
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop, labels: {labels}}}\n"
        f"spec: {{template: {{metadata: {{labels: {{app: {name}{pod}}}}}, spec: {{containers: "
        f"[{{name: app, image: x, command: [node], env: [{variables}]}}]}}}}}}\n"
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
    )


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """A policy with an entry."""
    body = yaml.safe_load(Path(POLICY).read_text())
    body["spec"] |= {"coverage": {"entrypoints": ["front"]}, "sampling": {}}
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(body))
    return str(path)


def coverage(call: Call, policy: str, *manifests: str) -> dict[str, Any]:
    result = call("plan", "-f", "-", "-p", policy, *CATALOGUE, "-o", "json", stdin="---\n".join(manifests))
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)["coverage"]
    return dict(found)


def breaks(found: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    short = {key: [one[key].rpartition("/")[2] for one in found["breaks"]] for key in ("caller", "callee", "at")}
    causes = [one["cause"] for one in found["breaks"]]
    return set(zip(short["caller"], short["callee"], short["at"], causes, strict=True))


def test_the_rollout_takes_callees_before_their_callers_and_the_entry_last(call: Call, policy: str) -> None:
    chain = shop("front", ("NEXT", "http://api")), shop("api", ("NEXT", "http://store")), shop("store")
    result = call("plan", "-f", "-", "-p", policy, *CATALOGUE, "-o", "json", stdin="---\n".join(chain))
    (rollout,) = json.loads(result.stdout)["rollouts"]
    after_the_canary = [one for stage in rollout["stages"][1:] for one in stage["workloads"]]
    assert [one.rpartition("/")[2] for one in after_the_canary] == ["store", "front"]


def test_the_demo_is_covered_from_its_entry_to_its_end(call: Call) -> None:
    lines = call("plan", "-f", str(DEMO), "-p", str(DEMO / "policy.yaml"), *CATALOGUE).stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Coverage of "))
    assert lines[start:-1] == [
        "Coverage of TracingPolicy/shop/shop by templates, before any request: now -> after the rollout",
        "  workloads configured: 0 -> 4 of 4 selected, 6 known",
        "  hops configured at both ends: 0 -> 3 of 4",
        "  context on these hops: 3 carried over, 1 from callers that take no part in traces",
        "  reach: unknown -> 1",
    ]
    assert "\n".join(lines[start:-1]) in COMMANDS


def test_the_documented_rollout_is_that_of_the_demo(call: Call) -> None:
    lines = call("plan", "-f", str(DEMO), "-p", str(DEMO / "policy.yaml"), *CATALOGUE).stdout.splitlines()
    start, end = (
        next(at for at, line in enumerate(lines) if line.startswith(f"{word} of")) for word in ("Rollout", "Coverage")
    )
    assert "\n".join(lines[start:end]) in COMMANDS


def test_the_documented_breaks_are_those_of_the_demo_with_two_changes(call: Call, tmp_path: Path) -> None:
    changes = {
        "ledger": ("    tracing: enabled\n", ""),
        "payments": ("env:\n", "env:\n            - {name: OTEL_PROPAGATORS, value: b3}\n"),
    }
    for path in DEMO.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text().replace(*changes.get(path.stem, ("", "")), 1))
    lines = call("plan", "-f", str(tmp_path), "-p", str(DEMO / "policy.yaml"), *CATALOGUE).stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Coverage of "))
    assert len(lines[start + 1 : -1]) == 12
    assert "\n".join(lines[start + 1 : -1]) in COMMANDS


def test_programs_get_figures_hops_and_breaks(call: Call, policy: str) -> None:
    front = shop("front", ("BACK_URL", "http://back"))
    found = coverage(call, policy, front, shop("back", selected=False))
    assert found == {
        "policy": "TracingPolicy/shop/shop",
        "workloads": 2,
        "before": {
            "configured": {"count": 0, "total": 1, "ratio": "0"},
            "configuredHops": {"count": 0, "total": 1, "ratio": "0"},
            "reach": None,
            "message": "No spans are expected from the entries front.",
        },
        "after": {
            "configured": {"count": 1, "total": 1, "ratio": "1"},
            "configuredHops": {"count": 0, "total": 1, "ratio": "0"},
            "reach": "0.5",
            "message": "",
        },
        "hops": [
            {
                "caller": "shop/Deployment/front",
                "callee": "shop/Deployment/back",
                "evidence": ["Configured"],
                "configuredBefore": False,
                "configuredAfter": False,
                "expectation": "Lost",
                "unknown": None,
            }
        ],
        "breaks": [
            {
                "caller": "shop/Deployment/front",
                "callee": "shop/Deployment/back",
                "at": "shop/Deployment/back",
                "cause": "NotInstrumented",
                "confidence": "Medium",
                "message": "no policy selects it",
                "remedy": "Let a policy select it, or mend the reason for which it is left alone:"
                " tracereach explain SERVICE.",
                "alternatives": [],
                "predicted": True,
            }
        ],
    }


@pytest.mark.parametrize(
    ("back", "cause", "evidence"),
    [
        (shop("back", ("OTEL_PROPAGATORS", "b3")), "PropagatorMismatch", "b3 by the callee"),
        (shop("back", ("OTEL_SDK_DISABLED", "true")), "NotInstrumented", "SdkDisabled: "),
        (shop("back", ("ELASTIC_APM_SERVER_URL", "http://apm")), "NotInstrumented", "OtherAgent: "),
        (shop("back", pod=', tracereach.dev/inject: "false"'), "NotInstrumented", "OptedOut: "),
        (shop("back", ("OTEL_TRACES_SAMPLER", "always_off")), "SamplerDrops", "its own sampler is always_off"),
        (shop("back", ("OTEL_TRACES_EXPORTER", "none")), "SpansNotExported", "it sets OTEL_TRACES_EXPORTER"),
    ],
    ids=["mismatch", "off", "other agent", "opted out", "sampler", "exporter"],
)
def test_each_break_that_remains_has_its_cause_and_evidence(
    call: Call, policy: str, back: str, cause: str, evidence: str
) -> None:
    found = coverage(call, policy, shop("front", ("BACK_URL", "http://back")), back)
    assert breaks(found) == {("front", "back", "back", cause)}
    assert evidence in found["breaks"][0]["message"]
    assert found["after"]["reach"] == "0.5"


def test_people_are_told_what_to_do_about_it(call: Call, policy: str) -> None:
    text = "---\n".join([shop("front", ("BACK_URL", "http://back")), shop("back", ("OTEL_PROPAGATORS", "b3"))])
    lines = call("plan", "-f", "-", "-p", policy, *CATALOGUE, stdin=text).stdout.splitlines()
    start = lines.index("  predicted break: front -> back: PropagatorMismatch at back (High confidence)")
    assert lines[start + 2].startswith("    by templates: tracecontext,baggage by its caller, b3 by the callee")
    assert lines[start + 3].startswith("    do: Give both a common format")


def test_spans_that_go_elsewhere_are_unknown_and_no_break(call: Call, policy: str) -> None:
    back = shop("back", ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine:4318"))
    front = shop("front", ("BACK_URL", "http://back"))
    found = coverage(call, policy, front, back)
    assert (found["breaks"], found["after"]["reach"]) == ([], None)
    (hop,) = found["hops"]
    assert (hop["configuredAfter"], hop["expectation"]) == (True, "Unknown")
    assert hop["unknown"].startswith("shop/Deployment/back: ExportsElsewhere: ")
    text = call("plan", "-f", "-", "-p", policy, *CATALOGUE, stdin=f"{front}---\n{back}").stdout
    assert f"  unknown: shop/Deployment/front -> shop/Deployment/back: {hop['unknown']}" in text


def test_what_the_webhook_will_add_counts(call: Call, policy: str) -> None:
    body = yaml.safe_load(Path(policy).read_text())
    body["spec"]["propagation"] = {"propagators": ["b3"]}
    Path(policy).write_text(yaml.safe_dump(body))
    front = shop("front", ("BACK_URL", "http://back"), ("NODE_OPTIONS", "--no-deprecation"))
    found = coverage(call, policy, front, shop("back"))
    assert (breaks(found), found["after"]["reach"]) == (set(), "1")


def test_what_is_injected_already_counts_before_and_after(call: Call, policy: str) -> None:
    text = "---\n".join([shop("front", ("BACK_URL", "http://back")), shop("back")])
    injected = call("inject", "-f", "-", "-p", policy, *CATALOGUE, stdin=text).stdout
    found = coverage(call, policy, injected)
    assert found["before"] == found["after"]
    assert (found["after"]["configured"]["count"], found["after"]["reach"]) == (2, "1")


def test_what_was_opted_out_since_is_taken_out(call: Call, policy: str) -> None:
    text = "---\n".join([shop("front", ("BACK_URL", "http://back")), shop("back")])
    injected = call("inject", "-f", "-", "-p", policy, *CATALOGUE, stdin=text).stdout
    opted_out = injected.replace(
        "{name: back, namespace: shop, labels: {tracing: enabled}}",
        '{name: back, namespace: shop, labels: {tracing: enabled, tracereach.dev/inject: "false"}}',
    )
    found = coverage(call, policy, opted_out)
    assert found["before"]["configuredHops"]["count"] == 1
    assert found["after"]["configuredHops"]["count"] == 0
    assert breaks(found) == {("front", "back", "back", "NotInstrumented")}


def test_a_service_may_lead_to_several_and_a_name_to_a_service(call: Call, policy: str) -> None:
    blue = shop("back").replace("{name: back,", "{name: blue,", 1)
    green = shop("back", ("OTEL_PROPAGATORS", "b3")).replace("{name: back,", "{name: green,", 1).split("---")[0]
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: shop}\n"
        "spec: {type: ExternalName, externalName: back.shop.svc.cluster.local}\n"
    )
    front = shop("front", ("BACK_URL", "http://alias"))
    found = coverage(call, policy, front, blue, green, service)
    assert {hop["callee"]: hop["expectation"] for hop in found["hops"]} == {
        "shop/Deployment/blue": "Carried",
        "shop/Deployment/green": "Lost",
    }
    away = green.replace("spec: {template", "spec: {replicas: 0, template")
    (hop,) = coverage(call, policy, front, blue, away, service)["hops"]
    assert hop["callee"] == "shop/Deployment/blue"


def test_a_service_that_cannot_be_read_is_refused_by_its_field(call: Call, policy: str) -> None:
    text = shop("front").replace("{app: front}, ports", "{app: 1}, ports")
    result = call("plan", "-f", "-", "-p", policy, *CATALOGUE, stdin=text)
    assert result.exit_code == 2
    assert "spec.selector.app: must be a string" in result.stderr


def test_a_service_of_another_kind_is_none_of_kubernetes(call: Call, policy: str) -> None:
    other = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: back}\nspec: {selector: 1}\n"
    found = coverage(call, policy, shop("front", ("BACK_URL", "http://back")), other)
    assert found["hops"] == []
    text = "---\n".join([shop("front", ("BACK_URL", "http://back")), other])
    assert "  no hop is known: " in call("plan", "-f", "-", "-p", policy, *CATALOGUE, stdin=text).stdout


def test_a_policy_without_workloads_has_no_coverage(call: Call, policy: str) -> None:
    text = shop("front", selected=False)
    assert "Coverage of" not in call("plan", "-f", "-", "-p", policy, *CATALOGUE, stdin=text).stdout
