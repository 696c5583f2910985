"""A namespace as the tests see it: what is written there, and what became of it."""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.integration.manifests import Object, deployment
from tests.shop.kubernetes import kubectl
from tests.waiting import wait_for
from tracereach.api import names

POLICIES = f"{names.POLICY_PLURAL}.{names.GROUP}"
TRACED_WORKLOADS = f"{names.TRACED_WORKLOAD_PLURAL}.{names.GROUP}"
HEALTHY = "Healthy/Injected"
INJECTED = "Waiting/ScaledToZero"
"""Of a Deployment without replicas: its template is injected, and there is no pod by which to judge."""


@dataclass(frozen=True)
class Namespace:
    """One namespace of the cluster."""

    name: str

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """The output of kubectl in the namespace."""
        return kubectl(f"--namespace={self.name}", *arguments, stdin=stdin)

    def apply(self, *objects: Object) -> None:
        """Create or change objects, all by one command."""
        self.kubectl("apply", "-f", "-", stdin=as_list(*objects))

    def get(self, kind: str, name: str) -> Object:
        """An object that exists."""
        found: Object = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return found

    def list(self, kind: str) -> dict[str, Object]:
        """Every object of a kind, by name."""
        items = json.loads(self.kubectl("get", kind, "-o", "json"))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def template(self, name: str) -> Object:
        """The pod template of a Deployment."""
        template: Object = self.get("deployment", name)["spec"]["template"]
        return template

    def environment(self, name: str) -> dict[str, Object]:
        """The environment of a Deployment's container, by variable."""
        (container,) = self.template(name)["spec"]["containers"]
        return {entry["name"]: entry for entry in container.get("env", [])}

    def generation(self, name: str) -> int:
        """How often the specification of a Deployment was written."""
        return int(self.get("deployment", name)["metadata"]["generation"])

    def record(self, name: str) -> Object:
        """The record of the injection in a Deployment's template; empty where there is none."""
        annotations = self.template(name)["metadata"].get("annotations", {})
        record: Object = json.loads(annotations.get(names.RECORD_ANNOTATION, "{}"))
        return record

    def traced(self, name: str) -> Object:
        """The status of a Deployment's TracedWorkload; empty while there is none."""
        status: Object = self.list(TRACED_WORKLOADS).get(f"deployment-{name}", {}).get("status", {})
        return status

    def state(self, name: str) -> str:
        """State and reason of a Deployment's TracedWorkload, such as `Healthy/Injected`; empty while there is none."""
        return _state_of(self.traced(name))

    def wait_for_state(self, name: str, state: str, *, timeout: float = 30) -> Object:
        """All that the Deployment's TracedWorkload says, once it has that state and reason; a failure shows it too."""
        return wait_for(lambda: self.traced(name), lambda status: _state_of(status) == state, timeout=timeout)

    def reported(self, policy: str = "shop") -> Object:
        """A TracingPolicy, once the operator has said what it makes of it as it is now."""
        return once_reported(lambda: self.get(POLICIES, policy))

    def news(self, policy: str = "shop") -> Sequence[str]:
        """The reasons of all events on a TracingPolicy, in their order."""
        return news_of(self.kubectl("get", "events.v1.events.k8s.io", "-o", "json"), policy)

    def events(self, reason: str) -> Sequence[Object]:
        """All events with that reason."""
        found = json.loads(self.kubectl("get", "events.v1.events.k8s.io", "-o", "json"))["items"]
        return [event for event in found if event["reason"] == reason]

    def wait_for_next_pass(self) -> None:
        """Return once the operator has acted on everything written to Deployments so far.

        A Deployment made now is injected by a pass that has seen all changes to Deployments before it. So the tests
        tell that nothing was done from nothing being done yet. It needs a policy that selects new Deployments. A change
        of a policy arrives by another way, and may be later: `reported` waits for it. So may the policy's status and
        events on it, since policies are reported on once a second.
        """
        witness = f"witness-{uuid.uuid4().hex[:8]}"
        self.apply(deployment(witness))
        self.wait_for_state(witness, INJECTED)


def _state_of(status: Object) -> str:
    return f"{status['state']}/{status['reason']}" if status else ""


def once_reported(look: Callable[[], Object]) -> Object:
    """The policy that `look` finds, once its status is about the policy as it is now."""
    return wait_for(
        look, lambda found: found.get("status", {}).get("observedGeneration") == found["metadata"]["generation"]
    )


def condition(found: Object, kind: str) -> Object:
    """A condition in the status of a policy; empty where it is not there."""
    conditions = found.get("status", {}).get("conditions", [])
    return next((condition for condition in conditions if condition["type"] == kind), {})


def news_of(events: str, policy: str) -> list[str]:
    """The reasons of those `events`, a JSON list, that are about the policy of that name, in their order."""
    about = [event for event in json.loads(events)["items"] if event["regarding"]["name"] == policy]
    return [event["reason"] for event in sorted(about, key=lambda event: event["eventTime"])]


def as_list(*objects: Object) -> str:
    """Objects as one manifest."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


@contextmanager
def new_namespace() -> Iterator[Namespace]:
    """A namespace of its own; the policies in it must be gone before it goes, which needs the operator."""
    namespace = Namespace(f"it-{uuid.uuid4().hex[:8]}")
    kubectl("create", "namespace", namespace.name)
    try:
        yield namespace
        namespace.kubectl("delete", POLICIES, "--all", "--timeout=180s")
    finally:
        kubectl("delete", "namespace", namespace.name, "--wait=false")
