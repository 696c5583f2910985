"""Policies whose propagators are being changed, as they are in force until everybody has the new ones."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from tracereach.api.acceptance import Policy
from tracereach.api.catalogue import Catalogue
from tracereach.api.reasons import State
from tracereach.api.revision import revision_of
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.controller.snapshot import Policies
from tracereach.rollout.propagation import kept_meanwhile


def in_transition(policies: Policies, memories: Iterable[TracedWorkloadRecord], catalogue: Catalogue) -> Policies:
    """The policies, with the propagators that have to stay meanwhile, and the revisions that these make."""
    held: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    under_way: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for memory in memories:
        if memory.status and memory.status.revision:
            found = under_way if memory.status.state is State.PROGRESSING else held
            found[memory.spec.policy].add(memory.status.propagators)
    bridging = {
        reference: kept
        for reference, policy in policies.accepted.items()
        if (
            kept := kept_meanwhile(policy.spec.propagation.propagators, held[str(reference)], under_way[str(reference)])
        )
    }
    if not bridging:
        return policies
    widened = {reference: _with(policies.accepted[reference], kept) for reference, kept in bridging.items()}
    revisions = {reference: revision_of(policy.spec, catalogue) for reference, policy in widened.items()}
    return replace(
        policies,
        accepted=dict(policies.accepted) | widened,
        revisions=dict(policies.revisions) | revisions,
        bridging=bridging,
    )


def _with(policy: Policy, kept: tuple[str, ...]) -> Policy:
    propagation = policy.spec.propagation
    wider = propagation.model_copy(update={"propagators": (*propagation.propagators, *kept)})
    return replace(policy, spec=policy.spec.model_copy(update={"propagation": wider}))
