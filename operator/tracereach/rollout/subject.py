"""A workload with everything known about it, and what its policy wants: what each decision of a pass is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.api.pod import Pod
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference

_RESTORING_DEADLINE = timedelta(seconds=Rollout().progress_deadline_seconds)
"""How long the pods of a restored workload are waited for; its template is restored whatever becomes of them."""

_STALE = timedelta(seconds=10)
"""How long after a write the status of a Deployment may still say that it gave up, which was on what it had before."""

_MOMENT = timedelta(seconds=10)
"""How long after the end of a container its pod may be said to be unready."""


@dataclass(frozen=True)
class Goal:
    """What the winning policy wants of a workload."""

    policy: PolicyReference
    revision: str
    rollout: Rollout = field(default_factory=Rollout)
    dry_run: bool = False
    upgrading: bool = False
    """Whether somebody has asked for this revision's images by name."""
    outdated: bool = False
    """Whether the operator knows newer images for the same settings, and nobody has asked for them yet."""
    renewing: bool = False
    """Whether the same revision has to be injected anew, less what its user's own variables have made useless."""
    withdrawn: bool = False
    """Whether somebody wants all that the policy has injected put back, and nothing new begun."""
    held: bool = False
    """Whether the policy's newest specification was refused: what is injected stays, and nothing new is."""
    obstacle: tuple[Reason, str] | None = None
    """Why rendering the revision for this workload added nothing; None where it does, or needs no rendering."""
    agents: tuple[str, ...] = ()
    """The agents that it gets, or has."""
    propagators: tuple[str, ...] = ()
    """Those of the revision."""
    approved: int = 0
    """Up to how many workloads that are not injected yet somebody lets the policy begin with."""

    @property
    def settling(self) -> timedelta:
        """How long all pods have to be ready before the workload is healthy."""
        return timedelta(seconds=self.rollout.min_healthy_seconds)


@dataclass(frozen=True)
class Parting:
    """The policy that a workload leaves, and at what pace it is put back."""

    policy: PolicyReference
    rollout: Rollout
    matched: int = 0
    """How many workloads the policy had when it last said so."""
    at_once: bool = False
    """Whether somebody wants all of them put back without waiting for each other."""


@dataclass(frozen=True)
class Subject:
    """A workload, and everything known about it."""

    workload: Workload
    goal: Goal | None
    leaving: Reason = Reason.NO_LONGER_SELECTED
    """Why there is no goal, if there is none; `PolicyDeleted` also where the recorded policy is going."""
    parting: Parting | None = None
    """From whom; None also where that policy is not in the cluster any more."""
    recorded: str = ""
    """The revision that the record in its template names; empty where the template is as its user wrote it."""
    memory: TracedWorkloadStatus | None = None
    """What was last reported about this very workload (the same uid)."""
    damage: str = ""
    """Why the record in the template cannot be read, if it cannot."""
    foreign: bool = False
    """Whether the record is not of our writing: of a policy that is not here, and nothing is remembered."""
    missed: tuple[Pod, ...] = ()
    """Its pods that were made while the webhook did not answer, so that they lack what it adds to each."""
    failed_merges: tuple[Pod, ...] = ()
    """Its pods that no longer fit what was planned for them, so that they lack it too: another one would as well."""
    unserved: bool = False
    """Whether its template leaves something to the webhook, and that is switched off."""
    seen_at: datetime | None = None
    """When the workload was seen to become what it is, where that is known."""
    release: str = ""
    """A hash of its template without the injection: its user's own release."""
    pods: tuple[Pod, ...] = ()
    """Its pods, read only where it is on trial and not all of them are ready."""
    requests: Mapping[str, str] = field(default_factory=dict)
    """What people ask for by annotations on its TracedWorkload, `retry` and `rollback`, each with its newest value."""
    error: str = ""
    """What the operator itself failed with when it looked at the workload, if it did."""

    @property
    def reference(self) -> WorkloadReference:
        """Which workload it is."""
        return self.workload.reference

    @property
    def goal_revision(self) -> str | None:
        """The revision that its policy wants in its template; None where it wants none."""
        return self.goal.revision if self.goal else None

    @property
    def retrying(self) -> bool:
        """Whether somebody asks anew for what keeps it from being injected to be dropped."""
        return self._asks_for("retry")

    @property
    def rollback_asked(self) -> bool:
        """Whether somebody asks anew for its injection to be put back."""
        return self._asks_for("rollback")

    def _asks_for(self, what: str) -> bool:
        handled = self.memory.handled if self.memory else {}
        return what in self.requests and self.requests[what] != handled.get(what)

    @property
    def undone(self) -> bool:
        """Whether the injection we wrote was taken out, or put back to an older one, by somebody else."""
        memory = self.memory
        if memory is None or not memory.revision or memory.revision == self.recorded:
            return False
        return not self.recorded or memory.announced != self.recorded

    @property
    def proven(self) -> bool:
        """Whether all its pods were ready with what its template holds, once."""
        memory = self.memory
        return memory is not None and memory.revision == self.recorded and memory.attempted_at is None

    @property
    def repairing(self) -> bool:
        """Whether one of its pods was evicted to be made anew, and that is not known to have worked out yet."""
        memory = self.memory
        evicted = memory is not None and (memory.state, memory.reason) == (State.PROGRESSING, Reason.MERGE_MISSED)
        return evicted and not self.undone

    @property
    def moving(self) -> bool:
        """Whether a change of ours has yet to prove itself, so that it holds a slot."""
        idle = self.workload.replicas.desired == 0
        return bool(self.recorded) and not self.proven and not self.standing and not idle

    @property
    def is_changing(self) -> bool:
        """Whether that change is in its template, so that a newer one needs no other slot.

        A write that was refused is none, and neither is a restore that is only announced.
        """
        memory = self.memory
        refused = memory is not None and memory.reason is Reason.WRITE_REFUSED
        announced = memory is not None and memory.state is State.RESTORING and memory.attempted_at is None
        return self.moving and not refused and not announced

    @property
    def is_turning(self) -> bool:
        """Whether what is to go has yet to prove itself, so that its pods are being replaced already."""
        return self.is_changing and self.memory is not None and self.memory.attempted_at is not None

    @property
    def was_put_back(self) -> bool:
        """Whether the last thing that we did to its template was to restore it."""
        memory = self.memory
        if memory is None or memory.revision:
            return False
        return memory.state is State.RESTORING or memory.attempted_at is not None

    def is_returning(self, now: datetime) -> bool:
        """Whether its template was put back, and its pods have yet to follow; they are not waited for for ever."""
        if self.recorded or self.workload.rolled_out or self.standing:
            return False
        return not self.is_late(now, _RESTORING_DEADLINE)

    @property
    def was_waiting(self) -> bool:
        """Whether its pods were not judged when somebody last looked: they have all their time from when they go on."""
        return bool(self.recorded) and self.memory is not None and self.memory.state is State.WAITING

    @property
    def standing(self) -> bool:
        """Whether its pods stay as they are until somebody acts."""
        return self.workload.paused or self.workload.on_delete

    @property
    def released(self) -> bool:
        """Whether its user has changed the template since the injection was last written."""
        known = self.memory.release if self.memory else ""
        return bool(known and self.release) and known != self.release

    def is_baking(self, now: datetime) -> bool:
        """Whether it has proved itself so lately that it is still watched."""
        memory, rollout = self.memory, self.goal.rollout if self.goal else Rollout()
        if memory is None or not self.proven or memory.healthy_since is None:
            return False
        return now - datetime.fromisoformat(memory.healthy_since) < timedelta(seconds=rollout.bake_seconds)

    def on_trial(self, now: datetime) -> bool:
        """Whether what goes wrong with its pods may be the injection's doing."""
        return self.moving or (self.is_baking(now) and not self.standing)

    def complete_for(self, now: datetime) -> timedelta | None:
        """For how long all its pods have been ready, and no container that it concerns has ended by an error.

        None where they are not ready, or nobody has looked before.
        """
        known = self.memory is not None and self.memory.revision == self.recorded
        since = self.memory.complete_since if self.memory and known else None
        if since is None or not self.workload.rolled_out:
            return None
        failed = (one for pod in self.pods for one in pod.containers if one.exit_code and self.concerns(one.name))
        ends = (one.ended_at for one in failed if one.ended_at)
        return now - max((datetime.fromisoformat(since), *ends))

    def concerns(self, container: str) -> bool:
        """Whether the injection put anything into the container, or is it."""
        return concerns(self.memory, container)

    def lost_readiness(self, pod: Pod) -> bool:
        """Whether the pod has lost its readiness, and not just then to a neighbour that the injection leaves alone."""
        if pod.unready_since is None:
            return False
        then = pod.unready_since - _MOMENT
        down = [one for one in pod.containers if one.is_down or one.waiting or (one.ended_at and one.ended_at >= then)]
        return not down or any(self.concerns(one.name) for one in down)

    def elapsed(self, now: datetime) -> timedelta | None:
        """The time since the last attempt on it that is not known to have worked out; None without one."""
        attempted_at = self.memory.attempted_at if self.memory else None
        return now - datetime.fromisoformat(attempted_at) if attempted_at else None

    def is_late(self, now: datetime, deadline: timedelta) -> bool:
        """Whether the last attempt on it began longer ago than `deadline`, or its Deployment has given up."""
        if self.was_waiting:
            return False
        elapsed = self.elapsed(now)
        given_up = self.workload.deadline_exceeded and (elapsed is None or elapsed >= _STALE)
        return given_up or (elapsed is not None and elapsed > deadline)

    def failed(self, now: datetime) -> bool:
        """Whether its pods have not become ready in time with what we wrote."""
        seconds = (self.goal.rollout if self.goal else Rollout()).progress_deadline_seconds
        late = self.is_late(now, timedelta(seconds=seconds))
        return self.moving and not self.workload.rolled_out and late


def concerns(memory: TracedWorkloadStatus | None, container: str) -> bool:
    """Whether the injection of which `memory` tells put anything into the container, or is it."""
    injected = {one.container for one in memory.injected} if memory else set()
    return container.startswith(names.PREFIX) or not injected or container in injected
