"""Which breaks have opened and which have closed, from one look to the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracereach.api.causes import CAUSES
from tracereach.api.status import BreakStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.policy_facts import BreakKey
from tracereach.coverage.report import key_of

OPENED, CLOSED = "TraceBreakOpened", "TraceBreakClosed"
"""Reasons of events."""


@dataclass(frozen=True)
class Turn:
    """A break that has opened or closed, for an event on the workload where it is."""

    at: WorkloadReference
    reason: str
    message: str


@dataclass
class History:
    """The breaks of one policy, as they were last reported."""

    known: Mapping[BreakKey, BreakStatus]
    unnamed: bool = False
    """Whether more were reported than were named, before a restart: what is soon seen again is no news."""
    _soon: float | None = None
    """Until when that is."""
    _seen: dict[BreakKey, float] = field(default_factory=dict)

    def take(
        self, breaks: Iterable[BreakStatus], now: float, patience: float, *, elsewhere: Iterable[BreakStatus] = ()
    ) -> list[Turn]:
        """Remember these, and tell what is new about them. One that was not seen for `patience` seconds has closed.

        One that is `elsewhere` now has not: from now on another policy tells of it.
        """
        handed_over = set(map(key_of, elsewhere))
        self.known = {key: one for key, one in self.known.items() if key not in handed_over}
        if self._soon is None:
            self._soon = now + patience if self.unnamed else now
        present = {key_of(one): one for one in breaks}
        for key in self.known.keys() | present.keys():
            self._seen[key] = now if key in present else self._seen.get(key, now)
        gone = {key for key in self.known.keys() - present.keys() if now - self._seen[key] >= patience}
        turns = [_turn(one, OPENED) for key, one in present.items() if key not in self.known and now >= self._soon]
        turns += [_turn(self.known[key], CLOSED) for key in gone]
        self.known = {key: one for key, one in {**self.known, **present}.items() if key not in gone}
        self._seen = {key: at for key, at in self._seen.items() if key in self.known}
        return [one for one in turns if one]

    def look_away(self, now: float) -> None:
        """Nothing could be seen until now, which says of no break that it is not there any more."""
        self._seen = dict.fromkeys(self.known, now)


def _turn(status: BreakStatus, reason: str) -> Turn | None:
    at = WorkloadReference.parsed(status.at)
    hop = f"{_name(status.caller)} -> {_name(status.callee)}"
    if reason == CLOSED:
        message = f"Traces cross {hop} again, or too few calls show whether they do ({status.cause})."
    else:
        message = f"Traces stop at {hop}: {CAUSES[status.cause].meaning} {status.message}. {status.remedy}"
    return Turn(at, reason, message) if at else None


def _name(workload: str) -> str:
    return workload.rpartition("/")[2]
