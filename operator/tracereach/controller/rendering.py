"""Renders the injection of a workload, and remembers what came of it for as long as nothing changes.

Only the outcome is remembered, not the rendered template: it is a few words, where a template is many kilobytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.api.status import WORST, InjectedContainer, LeftToUser, SkippedContainer, TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.capabilities import Capabilities
from tracereach.inject import Injected, Injection, Merge, Result, inject, read_record
from tracereach.inject.injection import Delivery

_MARK = b"tracereach.dev/injection"
_POD_SECURITY_LABEL = "pod-security.kubernetes.io/enforce"
"""On a namespace: the PodSecurity level that its pods have to meet; without it they may be privileged."""


@dataclass(frozen=True)
class Outcome:
    """What injecting a workload would do."""

    obstacle: tuple[Reason, str] | None
    """Why it would add nothing."""
    agents: tuple[str, ...] = ()
    delivery: Delivery | Literal[""] = ""
    injected: tuple[InjectedContainer, ...] = ()
    containers: tuple[SkippedContainer, ...] = ()


@dataclass(frozen=True)
class Signature:
    """Of a record, who injected what."""

    policy: str
    revision: str
    workload: str = ""
    """Into which workload, as `namespace/kind/name`; another one's where the template was copied."""


@dataclass(frozen=True)
class Surroundings:
    """What beside the policy and the template decides what a workload gets."""

    capabilities: Capabilities
    telemetry: tuple[str, ...] = ()
    """The languages that the workload's own spans have named."""
    privileged: bool = True
    """Whether the namespace admits privileged containers."""


class Renderer:
    """Rendering, with a memory of one outcome for each workload."""

    def __init__(self, merge: Merge = Merge.SKIP) -> None:
        self._merge = merge
        self._outcomes: dict[str, tuple[object, Outcome]] = {}
        self._signatures: dict[str, tuple[bytes, Signature | None]] = {}

    def signature(self, workload: Workload) -> Signature | None:
        """Who injected what into the workload's template, if anybody did. Raises `DamagedRecord`."""
        if _MARK not in workload.template:
            return None
        known = self._signatures.get(workload.uid)
        if known is None or known[0] != workload.template:
            record = read_record(workload.pod_template)
            signature = Signature(record.policy, record.revision, record.workload) if record else None
            known = self._signatures[workload.uid] = (workload.template, signature)
        return known[1]

    def outcome(self, workload: Workload, policy: Policy, revision: Revision, surroundings: Surroundings) -> Outcome:
        """What `render` of the same would do."""
        inputs = (workload.template, policy.reference, revision.name, surroundings)
        known = self._outcomes.get(workload.uid)
        if known is None or known[0] != inputs:
            delivery = surroundings.capabilities.delivery(revision.spec)
            outcome = _outcome(self.render(workload, policy, revision, surroundings), delivery)
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
    capabilities: Capabilities, namespace_labels: Mapping[str, str], memory: TracedWorkloadStatus | None
) -> Surroundings:
    """The surroundings of a workload, of which `memory` is what was last reported."""
    privileged = namespace_labels.get(_POD_SECURITY_LABEL, "privileged") == "privileged"
    return Surroundings(capabilities, memory.languages if memory else (), privileged)


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
    )


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
