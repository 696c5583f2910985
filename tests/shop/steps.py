"""The story of the demo, one function for each step."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.shop.kubernetes import NOT_YET, get, kubectl, run
from tests.shop.services import Services
from tests.testbed.image_table import ALL
from tests.testbed.images import archive_of
from tests.waiting import wait_for
from tracereach.signals.probes import PROBE_TRACE_PREFIX

ROOT = Path(__file__).parents[2]
SYSTEM = "tracereach-system"
NAMESPACE = "shop"
SERVICES = ("storefront", "orders", "payments", "ledger")
T = TypeVar("T")
IMAGES = ("--set", "image.registry=localhost/tracereach", "--set", "image.tag=dev")


@dataclass(frozen=True)
class Answer:
    """What the shop answered to one request, and the trace that the request asked for."""

    body: dict[str, Any]
    trace_id: str
    parent_id: str
    """The span id that the client sent: the parent of the first span."""


def install_chart(*settings: str) -> None:
    """`helm install`, with the images that were built here, and wait until everything runs."""
    chart = str(ROOT / "charts/tracereach")
    command = ("helm", "upgrade", "--install", "tracereach", chart, "--namespace", SYSTEM, "--create-namespace")
    # The definitions may be there already, applied by other tests or by hand.
    run(*command, *IMAGES, *_built(), *settings, "--take-ownership", "--wait", "--timeout", "3m")


def _built() -> Iterator[str]:
    """Marks of what the images were built from: the tag stays the same, and pods of an older image have to go."""
    for component, image in (("operator", "operator"), ("webhook", "operator"), ("gateway", "gateway")):
        yield from ("--set-string", f"{component}.podAnnotations.image={archive_of(ALL[image], {}).stem}")


def uninstall_chart() -> None:
    """`helm uninstall`, which restores every workload first."""
    run("helm", "uninstall", "tracereach", "--namespace", SYSTEM, "--wait", "--timeout", "3m")


def deploy_shop() -> None:
    """The shop as its developers wrote it, without any tracing; a policy from before is taken away."""
    kubectl("delete", "--ignore-not-found", "--filename", str(ROOT / "manifests/demo/policy.yaml"), "--timeout", "180s")
    kubectl("apply", "--kustomize", str(ROOT / "manifests/demo"))
    wait_until_rolled_out()


def remove_shop() -> None:
    """Delete the shop with its policy."""
    kubectl("delete", "--ignore-not-found", "--filename", str(ROOT / "manifests/demo/policy.yaml"))
    kubectl("delete", "--ignore-not-found", "--wait", "--kustomize", str(ROOT / "manifests/demo"))


def apply_policy(**changes: Any) -> None:
    """Ask for tracing, with the demo's policy; `changes` replace fields of its specification."""
    body = yaml.safe_load((ROOT / "manifests/demo/policy.yaml").read_text())
    body["spec"] |= changes
    kubectl("apply", "--filename", "-", stdin=json.dumps(body))


def delete_policy() -> None:
    """Take tracing out again; returns when every template is restored and its pods run."""
    kubectl("delete", "--filename", str(ROOT / "manifests/demo/policy.yaml"), "--timeout", "180s")
    wait_until_rolled_out()


def wait_until_rolled_out() -> None:
    """Return when every Deployment of the shop has rolled out."""
    for service in (*SERVICES, "load"):
        kubectl("--namespace", NAMESPACE, "rollout", "status", "deployment", service, "--timeout", "300s")


def policy() -> dict[str, Any]:
    """The policy as it is now."""
    return get("tracingpolicies.tracereach.dev", "shop", "--namespace", NAMESPACE)


def wait_until_injected() -> dict[str, Any]:
    """Return the policy when it says that every workload is injected and healthy."""

    def ready() -> dict[str, Any] | None:
        body = policy()
        states = {condition["type"]: condition["status"] for condition in body["status"].get("conditions", ())}
        return body if states.get("Ready") == "True" else None

    return _present(wait_for(ready, timeout=420, excused=NOT_YET))


def wait_until_whole() -> dict[str, Any]:
    """Return the coverage when it says that traces reach every service.

    That takes a window at least: until then it holds calls from the time of the rollout, which did break.
    """

    def whole() -> dict[str, Any] | None:
        coverage: dict[str, Any] = policy()["status"].get("coverage", {})
        return coverage if coverage.get("reach") == "1" and coverage["observed"].get("ratio") == "1" else None

    return _present(wait_for(whole, timeout=420, excused=NOT_YET))


def buy(services: Services, user_id: str) -> Answer:
    """One purchase by `user_id`, as a browser with tracing would send it: with trace context and baggage.

    Tried again for a while: where pods have just been replaced, a connection to an old one may still be tried.
    """

    def purchase() -> Answer:
        trace_id, parent_id = PROBE_TRACE_PREFIX + secrets.token_hex(8), secrets.token_hex(8)
        headers = {"traceparent": f"00-{trace_id}-{parent_id}-01", "baggage": f"user_id={user_id}"}
        body = services.get_json(NAMESPACE, "storefront:8080", "/buy?item=book", headers=headers)
        return Answer(body, trace_id, parent_id)

    return wait_for(purchase, timeout=60, excused=NOT_YET)


def spans_of(services: Services, trace_id: str) -> list[dict[str, Any]]:
    """The spans of a trace that the gateway has handed to the operator so far."""
    content = services.get_json(SYSTEM, "tracereach-operator:8080", f"/api/traces/{trace_id}")
    spans: list[dict[str, Any]] = content["spans"]
    return spans


def wait_for_trace(services: Services, trace_id: str) -> list[dict[str, Any]]:
    """The spans of a trace once every service has sent its own."""

    def complete() -> list[dict[str, Any]] | None:
        spans = spans_of(services, trace_id)
        return spans if {span["workload"].rsplit("/", 1)[1] for span in spans} >= set(SERVICES) else None

    return _present(wait_for(complete, timeout=60, excused=NOT_YET))


def restart_gateway() -> None:
    """Let the gateway forget what it has counted."""
    kubectl("--namespace", SYSTEM, "rollout", "restart", "deployment", "tracereach-gateway")
    kubectl("--namespace", SYSTEM, "rollout", "status", "deployment", "tracereach-gateway", "--timeout", "120s")


def pod_templates() -> dict[str, str]:
    """The pod template of each service, byte for byte as the API server stores it."""
    return {
        name: json.dumps(get("deployment", name, "--namespace", NAMESPACE)["spec"]["template"]) for name in SERVICES
    }


def gateway_metrics(services: Services) -> str:
    """What the gateway counts, in Prometheus text."""
    return services.get(SYSTEM, "tracereach-gateway:8889", "/metrics")


def _present(found: T | None) -> T:
    assert found is not None
    return found
