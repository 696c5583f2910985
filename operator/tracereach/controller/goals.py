"""What the policies want of each workload, by what is in its template and what is remembered of it."""

from dataclasses import replace

from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.reasons import Reason
from tracereach.api.revision import have_same_settings
from tracereach.api.workload import Workload
from tracereach.controller.rendering import Outcome, Renderer, Signature, Surroundings, surroundings_of
from tracereach.controller.snapshot import Snapshot
from tracereach.rollout.selection import Match
from tracereach.rollout.subject import Goal


def wanted(
    workload: Workload, found: Match, record: Signature | None, damage: str, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal | None, Outcome | None]:
    """What is wanted of the workload; with the outcome of rendering it, where that had to be tried."""
    if not found.opted_out and (held := _held(workload, record, snapshot)):
        return held, None
    winner = found.winner
    if winner is None:
        return None if found.opted_out else _still_latched(workload, snapshot), None
    if damage:
        return _goal(winner, snapshot.policies.revisions[winner.reference].name, snapshot), None
    if record and record.own and _may_stay(record.revision, winner, snapshot):
        renewal = _renewal(workload, record, winner, snapshot, renderer) if record.overridden else None
        return renewal or _staying(workload, record, winner, snapshot, renderer)
    return _new_goal(workload, winner, snapshot, renderer)


def _staying(
    workload: Workload, record: Signature, policy: Policy, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal, Outcome | None]:
    """What is injected already. Rendering tells its agents where nothing is remembered of it yet."""
    memory = snapshot.memory(workload)
    outcome = None if memory else _new_goal(workload, policy, snapshot, renderer)[1]
    agents = memory.agents if memory else outcome.agents if outcome else ()
    return _goal(policy, record.revision, snapshot, agents=agents), outcome


def _renewal(
    workload: Workload, record: Signature, policy: Policy, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal, Outcome] | None:
    """The same revision once more, where the user has since set a variable that makes other parts of it useless."""
    goal, outcome = _new_goal(workload, policy, snapshot, renderer)
    if goal.revision != record.revision or not outcome.leftovers:
        return None
    return replace(goal, renewing=True), outcome


def _new_goal(workload: Workload, policy: Policy, snapshot: Snapshot, renderer: Renderer) -> tuple[Goal, Outcome]:
    revision = snapshot.policies.revisions[policy.reference]
    outcome = renderer.outcome(workload, policy, revision, surroundings(workload, snapshot))
    return _goal(policy, revision.name, snapshot, outcome.obstacle, outcome.agents), outcome


def surroundings(workload: Workload, snapshot: Snapshot) -> Surroundings:
    """What in the cluster around `workload` decides what it gets."""
    namespace = snapshot.namespaces[workload.reference.namespace]
    return surroundings_of(snapshot.capabilities, namespace, snapshot.memory(workload))


def _may_stay(recorded: str, policy: Policy, snapshot: Snapshot) -> bool:
    """Whether what is injected is what the policy asks for, or differs in images that nobody has asked for yet."""
    newest = snapshot.policies.revisions[policy.reference].name
    upgrading = recorded != newest and _is_upgrading(policy, newest, snapshot)
    return have_same_settings(recorded, newest) and not upgrading


def _is_upgrading(policy: Policy, revision: str, snapshot: Snapshot) -> bool:
    return snapshot.policies.annotation(policy.reference, names.UPGRADE_ANNOTATION) == revision


def _goal(
    policy: Policy,
    revision: str,
    snapshot: Snapshot,
    obstacle: tuple[Reason, str] | None = None,
    agents: tuple[str, ...] = (),
) -> Goal:
    approved = snapshot.policies.annotation(policy.reference, names.APPROVAL_ANNOTATION)
    paused = snapshot.policies.is_paused(policy.reference)
    return Goal(
        policy.reference,
        revision,
        rollout=policy.spec.rollout.model_copy(update={"paused": paused}),
        agents=agents,
        propagators=policy.spec.propagation.propagators,
        approved=int(approved) if approved.isdecimal() else 0,
        dry_run=policy.spec.mode == "DryRun",
        upgrading=_is_upgrading(policy, revision, snapshot),
        withdrawn=snapshot.policies.is_rolled_back(policy.reference),
        outdated=revision != snapshot.policies.revisions[policy.reference].name,
        obstacle=obstacle,
    )


def _held(workload: Workload, record: Signature | None, snapshot: Snapshot) -> Goal | None:
    """A goal that keeps the injection of a policy whose newest specification is refused."""
    if record is None:
        return None
    owners = snapshot.policies.owners(record.policy, snapshot.remembered(workload))
    if not owners or owners[0] not in snapshot.policies.refused:
        return None
    return Goal(owners[0], record.revision, withdrawn=snapshot.policies.is_rolled_back(owners[0]), held=True)


def _still_latched(workload: Workload, snapshot: Snapshot) -> Goal | None:
    """The same for what must not be tried again there: it would be forgotten with a policy that selects nobody now."""
    remembered = snapshot.remembered(workload)
    latched = remembered.status.latched if remembered and remembered.status else ""
    owners = snapshot.policies.owners("", remembered)
    if not latched or not owners or owners[0] not in snapshot.policies.refused:
        return None
    return Goal(owners[0], latched, withdrawn=snapshot.policies.is_rolled_back(owners[0]), held=True)
