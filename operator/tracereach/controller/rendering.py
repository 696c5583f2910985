"""Renders the injection of a workload, and remembers what came of it for as long as nothing changes.

Only the outcome is remembered, not the rendered template: it is a few words, where a template is many kilobytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.pod_security import admits_privileged
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.api.status import WORST, InjectedContainer, LeftToUser, SkippedContainer, TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.capabilities import Capabilities
from tracereach.cluster.projections import NamespaceRecord
from tracereach.inject import (
    Injected,
    Injection,
    Merge,
    PodTemplate,
    Result,
    has_leftovers,
    inject,
    is_overridden,
    read_record,
    remove,
)
from tracereach.inject.injection import Delivery

_MARK = b"tracereach.dev/injection"


@dataclass(frozen=True)
class Outcome:
    """What injecting a workload would do."""

    obstacle: tuple[Reason, str] | None
    """Why it would add nothing."""
    agents: tuple[str, ...] = ()
    delivery: Delivery | Literal[""] = ""
    injected: tuple[InjectedContainer, ...] = ()
    containers: tuple[SkippedContainer, ...] = ()
    leftovers: bool = False
    """Whether the template holds something of an earlier injection that this one would not put in."""


@dataclass(frozen=True)
class Signature:
    """Of a record, who injected what, and what became of it."""

    policy: str
    revision: str
    own: bool = True
    """Whether into this very workload; not where the template was copied from another one."""
    overridden: bool = False
    """Whether a variable of the injection has another value by now."""
    release: str = ""
    """A hash of the template without the injection."""


@dataclass(frozen=True)
class Surroundings:
    """What beside the policy and the template decides what a workload gets."""

    capabilities: Capabilities
    telemetry: tuple[str, ...] = ()
    """The languages that the workload's own spans have named."""
    privileged: bool = True
    """Whether the namespace admits privileged containers."""
    namespace_marks: Mapping[str, str] = field(default_factory=dict)
    """Annotations and labels of the namespace by which another tracing system may be asked into its pods."""


class Renderer:
    """Rendering, with a memory of one outcome for each workload."""

    def __init__(self, merge: Merge = Merge.SKIP) -> None:
        self._merge = merge
        self._outcomes: dict[str, tuple[object, Outcome]] = {}
        self._signatures: dict[str, tuple[bytes, Signature | None]] = {}

    @property
    def stamps(self) -> bool:
        """Whether it leaves to the webhook what only a pod can hold."""
        return self._merge is Merge.STAMP

    def signature(self, workload: Workload) -> Signature | None:
        """Who injected what into the workload's template, if anybody did. Raises `DamagedRecord`."""
        if _MARK not in workload.template:
            return None
        known = self._signatures.get(workload.uid)
        if known is None or known[0] != workload.template:
            known = self._signatures[workload.uid] = (workload.template, _signature(workload))
        return known[1]

    def release(self, workload: Workload) -> str:
        """A hash of the workload's template without the injection. Raises `DamagedRecord`."""
        signature = self.signature(workload)
        return signature.release if signature else _hash(workload.pod_template)

    def outcome(self, workload: Workload, policy: Policy, revision: Revision, surroundings: Surroundings) -> Outcome:
        """What `render` of the same would do."""
        inputs = (workload.template, policy.reference, revision.name, surroundings)
        known = self._outcomes.get(workload.uid)
        if known is None or known[0] != inputs:
            delivery = surroundings.capabilities.delivery(revision.spec)
            result = self.render(workload, policy, revision, surroundings)
            leftovers = _MARK in workload.template and has_leftovers(workload.pod_template, result.template)
            outcome = replace(_outcome(result, delivery), leftovers=leftovers)
            known = self._outcomes[workload.uid] = (inputs, outcome)
        return known[1]

    def render(self, workload: Workload, policy: Policy, revision: Revision, surroundings: Surroundings) -> Result:
        """The workload's template with `revision` in it. Raises `DamagedRecord`."""
        injection = injection_of(workload.reference, policy.reference, revision, surroundings)
        return inject(workload.pod_template, injection, self._merge)

    def forget_all_but(self, uids: set[str]) -> None:
        """Drop what is remembered of workloads that are gone."""
        for memory in (self._outcomes, self._signatures):
            for uid in memory.keys() - uids:
                del memory[uid]


def surroundings_of(
    capabilities: Capabilities, namespace: NamespaceRecord, memory: TracedWorkloadStatus | None
) -> Surroundings:
    """The surroundings of a workload in `namespace`, of which `memory` is what was last reported."""
    languages = memory.languages if memory else ()
    return Surroundings(capabilities, languages, admits_privileged(namespace.labels), namespace.marks)


def injection_of(
    workload: WorkloadReference, policy: PolicyReference, revision: Revision, surroundings: Surroundings
) -> Injection:
    """What injecting `revision` of `policy` into `workload` asks for, where it stands."""
    capabilities = surroundings.capabilities
    return Injection(
        policy=policy,
        revision=revision,
        workload=workload,
        delivery=capabilities.delivery(revision.spec),
        native_sidecars=capabilities.native_sidecars,
        telemetry=surroundings.telemetry,
        privileged=surroundings.privileged,
        namespace_marks=surroundings.namespace_marks,
    )


def _signature(workload: Workload) -> Signature | None:
    template = workload.pod_template
    record = read_record(template)
    if record is None:
        return None
    own = record.belongs_to(workload.reference)
    return Signature(record.policy, record.revision, own, is_overridden(template, record), _hash(remove(template)))


def _hash(template: PodTemplate) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:16]


def _outcome(result: Result, delivery: Delivery) -> Outcome:
    if result.injected:
        skipped = (SkippedContainer(container=s.container, reason=s.reason, message=s.message) for s in result.skipped)
        injected = tuple(_injected(container) for container in result.containers[:WORST])
        return Outcome(None, result.agents, delivery, injected, tuple(skipped)[:WORST])
    first = result.skipped[0]
    message = "; ".join(f"container {s.container}: {s.message}" if s.container else s.message for s in result.skipped)
    return Outcome((first.reason, message))


def _injected(container: Injected) -> InjectedContainer:
    return InjectedContainer(
        container=container.container,
        agents=container.agents,
        evidence=container.why,
        merged=container.merged,
        left=tuple(LeftToUser(variables=left.variables, message=left.message) for left in container.left[:WORST]),
    )
