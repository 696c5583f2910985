"""What must hold of a run, judged from its ledger. Pure: entries in, violations and waits out."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.waves.fleet import Fleet, Member
from tests.waves.ledger import Entry

_ALWAYS = float("-inf")
_RESTART_SECONDS = 8.0
"""How long a new process of the operator takes at most until it writes again."""


@dataclass(frozen=True)
class Limits:
    """How many workloads may be in progress at once."""

    of_policy: Mapping[str, int]
    """By namespace: each has one policy."""
    in_namespace: int
    in_cluster: int
    min_healthy_seconds: float


@dataclass(frozen=True)
class Moment:
    """Who is in progress, from one second on."""

    at: float
    busy: frozenset[str]
    begun: str = ""
    """The workload whose injection has made it so."""


def moments(entries: Iterable[Entry], limits: Limits, *, slotless: frozenset[str] = frozenset()) -> list[Moment]:
    """Who holds a slot at each time: from the injection until its pods have been ready long enough, or it is undone.

    Workloads in `slotless` hold none.
    """
    changes: list[tuple[float, int, str, bool]] = []
    for entry in entries:
        if entry.workload in slotless:
            continue
        if entry.what == "complete":
            changes.append((entry.at + limits.min_healthy_seconds, 0, entry.workload, False))
        else:
            changes.append((entry.at, 1, entry.workload, entry.what == "injected"))
    busy: set[str] = set()
    found = []
    for at, _, workload, begins in sorted(changes):
        (busy.add if begins else busy.discard)(workload)
        found.append(Moment(at, frozenset(busy), workload if begins else ""))
    return found


def over_budget(timeline: Iterable[Moment], limits: Limits) -> list[str]:
    """Every time at which more were in progress than allowed."""
    violations = []
    for moment in timeline:
        spaces = Counter(workload.partition("/")[0] for workload in moment.busy)
        over = [
            f"{count} in {space}"
            for space, count in spaces.items()
            if count > min(limits.of_policy.get(space, limits.in_namespace), limits.in_namespace)
        ]
        if len(moment.busy) > limits.in_cluster:
            over.append(f"{len(moment.busy)} in the cluster")
        if over:
            violations.append(f"at {moment.at:.3f}: {', '.join(over)} in progress")
    return violations


def written_too_often(writes: Mapping[str, int], fleet: Fleet) -> list[str]:
    """Workloads that were written more often than once, and once more where they had to be put back."""
    allowed = {member.key: 2 if member.broken or member.blocked else 1 for member in fleet.members}
    return [
        f"{workload} was written {count} times"
        for workload, count in sorted(writes.items())
        if workload in allowed and count > allowed[workload]
    ]


def came_back(entries: Iterable[Entry]) -> list[str]:
    """Workloads that were injected again after they had been put back: nobody has asked for that in a run."""
    restored: set[str] = set()
    violations = []
    for entry in entries:
        if entry.what == "restored":
            restored.add(entry.workload)
        elif entry.what == "injected" and entry.workload in restored:
            violations.append(f"{entry.workload} was injected again after it had been put back")
    return violations


def before_their_canary(entries: Sequence[Entry], fleet: Fleet, limits: Limits) -> list[str]:
    """Workloads that were injected before the first one of their policy and agent had proved itself."""
    members = {member.key: member for member in fleet.members}
    proven_at: dict[tuple[str, str], float] = {}
    first: dict[tuple[str, str], str] = {}
    violations = []
    for entry in entries:
        member = members.get(entry.workload)
        if member is None or member.blocked or limits.of_policy.get(member.namespace) == 1:
            continue
        group = member.namespace, member.agent
        if entry.what == "injected" and group not in first:
            first[group] = entry.workload
        elif entry.what == "injected" and entry.at < proven_at.get(group, float("inf")):
            violations.append(f"{entry.workload} was injected before {first[group]} had proved itself")
        if entry.what == "complete" and first.get(group) == entry.workload:
            proven_at.setdefault(group, entry.at + limits.min_healthy_seconds)
    return violations


def wrong_at_the_end(fleet: Fleet, injected: Mapping[str, bool], same: Mapping[str, bool], stopped: str) -> list[str]:
    """Workloads whose template is not as it has to be when nothing moves any more.

    `injected` is whether it holds an injection, `same` whether it is the original, byte for byte.
    """
    violations = []
    for member in fleet.members:
        if _must_be_plain(member) and not same[member.key]:
            violations.append(f"{member.key} is not what it was")
        elif _must_be_injected(member, stopped) and not injected[member.key]:
            violations.append(f"{member.key} is not injected")
    return violations


def _must_be_plain(member: Member) -> bool:
    return member.broken or member.blocked


def _must_be_injected(member: Member, stopped: str) -> bool:
    return not _must_be_plain(member) and not member.paused and member.agent != stopped


@dataclass(frozen=True, order=True)
class Wait:
    """A slot that was free for so many seconds, and who got it then."""

    seconds: float
    workload: str
    begun: int
    """How many workloads of its policy had been begun by then."""


def idle_seconds(
    timeline: Sequence[Moment], limits: Limits, kills: Iterable[float], gates: Mapping[str, frozenset[int]]
) -> tuple[list[Wait], list[Wait]]:
    """For each injection that had been waiting for a slot, the seconds from when one was free.

    It takes one of its policy's, one of its namespace's and one of the cluster's, of each that which has been free for
    longest, and has waited since the last of the three was free. Where a policy has begun as many workloads as a wave
    holds, or its canaries (`gates`), the next one waits for these to prove themselves, and not for a slot. The second
    list has the waits during which the operator was killed, or had not begun again.
    """
    waits: list[Wait] = []
    hurt: list[Wait] = []
    slots = _Slots(limits)
    opened: dict[str, float] = {}
    begun: Counter[str] = Counter()
    deaths = tuple(kills)
    before: frozenset[str] = frozenset()
    for moment in timeline:
        for workload in before - moment.busy:
            slots.free(_space(workload), moment.at)
        if moment.begun:
            space = _space(moment.begun)
            since = max(slots.take(space), opened.get(space, _ALWAYS))
            if begun[space] in gates.get(space, ()):
                opened[space] = moment.at
            elif since > _ALWAYS:
                hit = any(since - _RESTART_SECONDS <= death <= moment.at for death in deaths)
                (hurt if hit else waits).append(Wait(moment.at - since, moment.begun, begun[space]))
            begun[space] += 1
        before = moment.busy
    return waits, hurt


class _Slots:
    """Since when each free slot has been free: of each policy, of each namespace, and of the cluster."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free: dict[tuple[str, str], deque[float]] = {}
        self._lacking: Counter[tuple[str, str]] = Counter()
        """How many were taken that there were not; the budget is judged elsewhere."""

    def free(self, space: str, at: float) -> None:
        for which, queue in self._queues(space):
            if self._lacking[which]:
                self._lacking[which] -= 1
            else:
                queue.append(at)

    def take(self, space: str) -> float:
        """Take one of each kind; since when all of them were free."""
        since = _ALWAYS
        for which, queue in self._queues(space):
            if queue:
                since = max(since, queue.popleft())
            else:
                self._lacking[which] += 1
        return since

    def _queues(self, space: str) -> Iterator[tuple[tuple[str, str], deque[float]]]:
        sizes = {
            ("policy", space): self._limits.of_policy.get(space, self._limits.in_namespace),
            ("namespace", space): self._limits.in_namespace,
            ("cluster", ""): self._limits.in_cluster,
        }
        for which, size in sizes.items():
            yield which, self._free.setdefault(which, deque([_ALWAYS] * size))


def _space(workload: str) -> str:
    return workload.partition("/")[0]
