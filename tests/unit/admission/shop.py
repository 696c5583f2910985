"""A namespace `shop` with one policy as admission knows it, and writes of the workload `orders` in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.controller.shop import HERE, MODERN, SHOP, policies, policy_body
from tests.unit.inject.conftest import CATALOGUE
from tracereach.admission.decision import WorkloadWrite
from tracereach.admission.knowledge import Knowledge
from tracereach.api import names
from tracereach.api.acceptance import PolicyReference, accept
from tracereach.api.reasons import Reason, State
from tracereach.api.revision import Revision, revision_of
from tracereach.api.status import TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import NamespaceRecord, TracedWorkloadRecord
from tracereach.controller.rendering import injection_of
from tracereach.controller.snapshot import Policies
from tracereach.inject import Merge, PodTemplate, inject

ORDERS = WorkloadReference("shop", "Deployment", "orders")
UID = "uid-orders"
SELECTED = {"tracing": "enabled"}
TEMPLATE: PodTemplate = {
    "metadata": {"labels": {"app": "orders"}, "annotations": {"team": "shop"}},
    "spec": {"containers": [{"name": "app", "image": "orders:1", "command": ["node", "."]}]},
}
RELEASED: PodTemplate = {
    "metadata": {"labels": {"app": "orders"}, "annotations": {"team": "shop"}},
    "spec": {"containers": [{"name": "app", "image": "orders:2", "command": ["node", "."]}]},
}


def revision(**spec: Any) -> Revision:
    """What a policy with `spec` makes."""
    return revision_of(accept(policy_body(**spec)).spec, CATALOGUE)


NEWEST = revision()
OLDER = revision(propagation={"propagators": ["b3"]})


def injected(
    template: PodTemplate = TEMPLATE,
    *,
    revision: Revision = NEWEST,
    policy: PolicyReference = SHOP,
    workload: WorkloadReference = ORDERS,
) -> PodTemplate:
    """`template` as the controller would write it."""
    return inject(template, injection_of(workload, policy, revision, HERE), Merge.STAMP).template


def replaced(template: PodTemplate, **fields: Any) -> PodTemplate:
    """`template` with `fields` in its container `app`."""
    app, *others = template["spec"]["containers"]
    return template | {"spec": template["spec"] | {"containers": [app | fields, *others]}}


def memory(
    state: State = State.HEALTHY,
    *,
    name: str = "orders",
    uid: str = "",
    revision: str = NEWEST.name,
    latched: str = "",
    agents: tuple[str, ...] = ("nodejs",),
    attempted_at: str | None = None,
    policy: PolicyReference = SHOP,
    reason: Reason = Reason.INJECTED,
) -> TracedWorkloadRecord:
    """What is remembered of a Deployment."""
    status = TracedWorkloadStatus(
        state=state,
        reason=reason,
        revision=revision,
        latched=latched,
        agents=agents,
        attempted_at=attempted_at,
    )
    spec = TracedWorkloadSpec(kind="Deployment", name=name, uid=uid or f"uid-{name}", policy=str(policy))
    return TracedWorkloadRecord("shop", f"deployment-{name}", spec, status, "1")


def knowledge(
    found: Policies | None = None,
    *,
    memories: Iterable[TracedWorkloadRecord] = (),
    kept: Mapping[str, Revision] | None = None,
    namespace_labels: dict[str, str] | None = None,
    terminating: bool = False,
    own_namespace: str = "tracereach-system",
) -> Knowledge:
    """The shop; `kept` are ControllerRevisions by name."""
    return Knowledge(
        policies=policies(policy_body()) if found is None else found,
        namespaces={"shop": NamespaceRecord("shop", namespace_labels or {}, terminating=terminating)},
        memories={(one.namespace, one.name): one for one in memories},
        revisions={("shop", name): one for name, one in (kept or {}).items()},
        capabilities=MODERN,
        own_namespace=own_namespace,
    )


def creation(after: PodTemplate = TEMPLATE, **fields: Any) -> WorkloadWrite:
    """`orders` is created."""
    return update(None, after, uid="", **fields)


def update(
    before: PodTemplate | None,
    after: PodTemplate,
    *,
    labels: Mapping[str, str] = SELECTED,
    field_manager: str = "kubectl-client-side-apply",
    uid: str = UID,
    workload: WorkloadReference = ORDERS,
) -> WorkloadWrite:
    """`orders` is written over."""
    return WorkloadWrite(
        workload=workload, uid=uid, labels=labels, before=before, after=after, field_manager=field_manager
    )


def without_record(template: PodTemplate) -> PodTemplate:
    """`template` whose record somebody has dropped, and nothing else."""
    metadata = template["metadata"]
    annotations = {key: text for key, text in metadata["annotations"].items() if key != names.RECORD_ANNOTATION}
    return template | {"metadata": metadata | {"annotations": annotations}}
