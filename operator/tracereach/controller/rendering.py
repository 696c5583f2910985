"""Renders the injection of a workload, and remembers what came of it for as long as nothing changes.

Only the outcome is remembered, not the rendered template: it is a few words, where a template is many kilobytes.
"""

from dataclasses import dataclass

from tracereach.api.acceptance import Policy
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.api.status import WORST, SkippedContainer
from tracereach.api.workload import Workload
from tracereach.cluster.capabilities import Capabilities
from tracereach.inject import Injection, Result, inject, read_record

_MARK = b"tracereach.dev/injection"


@dataclass(frozen=True)
class Outcome:
    """What injecting a workload would do."""

    obstacle: tuple[Reason, str] | None
    """Why it would add nothing."""
    agents: tuple[str, ...] = ()
    containers: tuple[SkippedContainer, ...] = ()


@dataclass(frozen=True)
class Signature:
    """Of a record, who injected what."""

    policy: str
    revision: str
    workload: str = ""
    """Into which workload, as `namespace/kind/name`; another one's where the template was copied."""


class Renderer:
    """Rendering, with a memory of one outcome for each workload."""

    def __init__(self) -> None:
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

    def outcome(self, workload: Workload, policy: Policy, revision: Revision, capabilities: Capabilities) -> Outcome:
        """What injecting `revision` into the workload would do."""
        inputs = (workload.template, policy.reference, revision.name, capabilities)
        known = self._outcomes.get(workload.uid)
        if known is None or known[0] != inputs:
            known = self._outcomes[workload.uid] = (inputs, _outcome(workload, policy, revision, capabilities))
        return known[1]

    def forget_all_but(self, uids: set[str]) -> None:
        """Drop what is remembered of workloads that are gone."""
        for memory in (self._outcomes, self._signatures):
            for uid in memory.keys() - uids:
                del memory[uid]


def render(workload: Workload, policy: Policy, revision: Revision, capabilities: Capabilities) -> Result:
    """The workload's template with `revision` in it. Raises `DamagedRecord`."""
    injection = Injection(
        policy=policy.reference,
        revision=revision,
        workload=workload.reference,
        delivery=capabilities.delivery(policy.spec),
        native_sidecars=capabilities.native_sidecars,
    )
    return inject(workload.pod_template, injection)


def _outcome(workload: Workload, policy: Policy, revision: Revision, capabilities: Capabilities) -> Outcome:
    result = render(workload, policy, revision, capabilities)
    if result.injected:
        skipped = (SkippedContainer(container=s.container, reason=s.reason, message=s.message) for s in result.skipped)
        return Outcome(None, result.agents, tuple(skipped)[:WORST])
    first = result.skipped[0]
    message = "; ".join(f"container {s.container}: {s.message}" if s.container else s.message for s in result.skipped)
    return Outcome((first.reason, message))
