"""What the operator writes back: the status of policies and of `TracedWorkload` objects.

Lists are bounded, so that a status never grows with the cluster; the CRD schema is generated from these models.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tracereach.api.causes import Blindness, Cause
from tracereach.api.reasons import Reason, State
from tracereach.api.schema import Model

EARLIER = 10
"""How many older revisions that have failed on a workload are remembered."""
WORST = 20
"""How many breaks, edges and failures a status lists at most."""
_MESSAGE = 1024
LOG_LINES, LOG_BYTES = 10, 2048
"""How much of a container's log a failure keeps at most."""


def _cut(message: Any) -> Any:
    return message[:_MESSAGE] if isinstance(message, str) else message


Message = Annotated[str, BeforeValidator(_cut), Field(max_length=_MESSAGE)]
"""A text for people. Much of it comes from others, so what is too long is cut here, and refused nowhere."""


def _readable(time: Any) -> Any:
    try:
        return time if datetime.fromisoformat(time).tzinfo else None
    except (TypeError, ValueError):
        return None


Time = Annotated[str | None, BeforeValidator(_readable)]
"""When something was, RFC 3339. People may edit a status, so a time that cannot be read is one that is not known."""


class Condition(Model):
    """A `metav1.Condition`."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: Message
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    observed_generation: int = 0


class Count(Model):
    """How many of how many; `ratio` is missing where there is nothing to divide by, which means Unknown."""

    count: int
    total: int
    ratio: str | None = None


EdgeState = Literal["Healthy", "Partial", "Broken", "Unknown"]
EvidenceKind = Literal["Configured", "Declared", "Observed"]
"""How an edge is known: by addresses in templates, by the policy, or by spans."""


class EdgeStatus(Model):
    """A hop from caller to callee, both as `namespace/kind/name`, with the calls seen in the window."""

    caller: str
    callee: str
    calls: int
    carried: int
    """Calls whose callee continued the trace."""
    state: EdgeState
    evidence: tuple[EvidenceKind, ...] = ("Observed",)


class BreakStatus(Model):
    """A place where traces stop, with its one cause."""

    caller: str
    """`namespace/kind/name`, as all workloads here."""
    callee: str
    at: str
    """The workload in which the change has to be made: one of the two, or something between them."""
    cause: Cause
    confidence: Literal["High", "Medium", "Low"]
    calls: int = 0
    lost: int = 0
    """Calls whose context did not arrive."""
    message: Message = ""
    """The evidence, in counts and in what templates say."""
    remedy: Message = ""
    """The one change that mends it."""
    alternatives: tuple[Cause, ...] = ()
    """Causes that would have left the same traces."""
    predicted: bool = False
    """Whether it is expected from what templates say, before any request has shown it."""
    since: str | None = None
    """When it was first seen, RFC 3339."""
    revision: str = ""
    """The revision with whose rollout it began, if it did."""


class CoverageStatus(Model):
    """How far traces reach: what templates say, what pods run, and what spans show. Three levels, never mixed."""

    configured: Count
    rolled_out: Count
    observed: Count
    reach: str | None = None
    """Services reachable over healthy edges over services reachable at all, from the entries; missing if unknown."""
    reason: Blindness | None = None
    """Why spans say nothing at all, where they do not."""
    message: Message = ""
    """Why a figure is unknown."""
    unexported: Annotated[tuple[str, ...], Field(max_length=WORST)] = ()
    """Workloads whose spans the backend does not take: as `namespace/kind/name`."""
    edges: Annotated[tuple[EdgeStatus, ...], Field(max_length=WORST)] = ()
    breaks: int | None = None
    worst: Annotated[tuple[BreakStatus, ...], Field(max_length=WORST)] = ()
    """The breaks that lose most calls."""
    unknown: dict[str, int] = {}
    """How many services nothing is known of, by reason."""
    last_measured: str | None = None


class SkippedStatus(Model):
    """A workload that the policy selects and leaves alone."""

    workload: str
    reason: Reason
    message: Message = ""


class Counts(Model):
    """How many workloads stand where."""

    matched: int = 0
    injected: int = 0
    healthy: int = 0
    waiting: int = 0
    skipped: int = 0
    failed: int = 0
    rolled_back: int = 0
    by_reason: dict[str, int] = {}


class RolloutStatus(Model):
    """How far the rollout of the newest revision has come."""

    wave: int
    """The wave that is being filled or watched; 0 where nobody takes part."""
    waves: int
    canary: bool = False
    """Whether the first workloads of an agent are being watched, before the waves go on."""
    begun: int
    total: int
    in_progress: int
    """Those that are being injected, or put back because they failed; what is restored is not counted."""
    waiting: dict[str, int] = {}
    """How many wait, by reason."""
    failed: int = 0
    stopped_agents: dict[str, Reason] = {}
    """Agents that no other workload of the policy is begun with, by why."""
    estimated_seconds: int | None = None
    """About how long the rest takes, if nothing goes wrong; missing where nothing is left, or nobody can tell."""
    completed_at: str | None = None
    """When all had gone and baked, with the revision that they have now; missing where some are still to go."""


class PolicyStatus(Model):
    """The status of a policy."""

    observed_generation: int = -1
    revision: str = ""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(
            max_length=8,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
        ),
    ] = ()
    workloads: Counts = Counts()
    rollout: RolloutStatus | None = None
    skipped: Annotated[tuple[SkippedStatus, ...], Field(max_length=WORST)] = ()
    failures: Annotated[tuple[SkippedStatus, ...], Field(max_length=WORST)] = ()
    coverage: CoverageStatus | None = None
    warnings: Annotated[tuple[Message, ...], Field(max_length=WORST)] = ()


class TracedWorkloadSpec(Model):
    """Which workload, and which policy won it."""

    kind: str
    name: str
    uid: str
    policy: str


class SkippedContainer(Model):
    """A container that is left alone, and why."""

    container: str
    reason: Reason
    message: Message = ""


class LeftToUser(Model):
    """Something in a container that stays as its user has it."""

    variables: Message
    """Names, comma separated; empty where none is known."""
    message: Message
    """What follows from it for its traces."""


class InjectedContainer(Model):
    """A container that is injected, and on what evidence."""

    container: str
    agents: tuple[str, ...]
    evidence: Message
    """The rule by which its agents were chosen, and the field that it matched."""
    merged: bool = False
    """Whether the webhook extends variables of the user's in each of its pods."""
    left: Annotated[tuple[LeftToUser, ...], Field(max_length=WORST)] = ()


class FailureStatus(Model):
    """Why an injection was put back, or failed, with what was seen of it."""

    reason: Reason
    revision: str
    at: str
    agents: tuple[str, ...] = ()
    container: str = ""
    exit_code: int | None = None
    restarts: int = 0
    message: Message = ""
    """The container's last words, or those of whoever refused its pods."""
    log: Annotated[tuple[Annotated[str, Field(max_length=LOG_BYTES)], ...], Field(max_length=LOG_LINES)] = ()
    """The last lines that the container wrote, where the chart's `operator.readLogs` allows to read them."""


class TracedWorkloadStatus(Model):
    """Where the workload stands, and what must be remembered about it."""

    state: State
    reason: Reason
    message: Message = ""
    revision: str = ""
    """The revision last written into the template."""
    announced: str = ""
    """A revision that is about to take its place."""
    latched: str = ""
    """A revision that must not be tried here again."""
    agents: tuple[str, ...] = ()
    propagators: tuple[str, ...] = ()
    """Those of the revision last written into the template."""
    delivery: Literal["", "ImageVolume", "InitContainer"] = ""
    """How the agents get into its pods."""
    injected: Annotated[tuple[InjectedContainer, ...], Field(max_length=WORST)] = ()
    languages: Annotated[tuple[str, ...], Field(max_length=WORST)] = ()
    """What its own spans name as their language, since its pods were last replaced; the next revision goes by it."""
    containers: Annotated[tuple[SkippedContainer, ...], Field(max_length=WORST)] = ()
    """Those that are left alone."""
    attempted_at: Time = None
    """When a write of the template was last attempted, RFC 3339; missing once all pods were ready with it."""
    missed_since: Time = None
    """Since when pods of it have run without what the webhook adds to each; missing where none does."""
    complete_since: Time = None
    """Since when all pods have been ready with a write that has yet to prove itself, or bakes."""
    healthy_since: Time = None
    """When the revision in its template had proved itself; missing where it has not."""
    lapses: int = 0
    """How often pods have lost their readiness since then, while it was on trial."""
    release: str = ""
    """A hash of the template without the injection, as it was when that was last written."""
    failure: FailureStatus | None = None
    """What went wrong with the revision that is latched."""
    earlier_failures: Annotated[tuple[FailureStatus, ...], Field(max_length=EARLIER)] = ()
    """What went wrong with older revisions, newest first, without log lines: none of them is tried here again."""
    handled: dict[str, str] = {}
    """The values of the annotations `retry` and `rollback` that were last acted upon."""
    evicted_after: Time = None
    """When the newest such pod in the cluster had been made, as one of this workload was last evicted."""


def failed_revisions(status: TracedWorkloadStatus) -> frozenset[str]:
    """The revisions that have failed on a workload and are not to be tried there again."""
    latched = {status.latched} if status.failure else set()
    return frozenset(latched | {one.revision for one in status.earlier_failures})
