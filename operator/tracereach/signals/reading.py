"""What one look at the coverage gateway's counters gives, whichever way they are read."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracereach.coverage.counters import Counters


@dataclass(frozen=True)
class Unreachable:
    """A replica, or an address that stands for all of them, that gave no counters, and why."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


@dataclass(frozen=True)
class Reading:
    """What the replicas said: their counters by a name that stays the same, and those that said nothing."""

    replicas: Mapping[str, Counters]
    unreachable: tuple[Unreachable, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether at least one replica answered."""
        return bool(self.replicas)
