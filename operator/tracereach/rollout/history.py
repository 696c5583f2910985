"""Which kept revisions of a policy are no longer needed by anybody."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

_KEPT = 2
"""How many of a policy's newest revisions are kept in any case: `kubectl rollout undo` may bring the older one back."""


@dataclass(frozen=True, order=True)
class KeptRevision:
    """A ControllerRevision of a policy; they sort by age, the oldest first."""

    created: str
    """RFC 3339, in UTC."""
    namespace: str
    name: str
    policy_uid: str


def superseded(kept: Iterable[KeptRevision], needed: Container[tuple[str, str]]) -> Iterator[KeptRevision]:
    """Those to delete. `needed` holds the policy's uid and the name of each that a workload may be rendered from."""
    by_policy: defaultdict[str, list[KeptRevision]] = defaultdict(list)
    for revision in kept:
        by_policy[revision.policy_uid].append(revision)
    for revisions in by_policy.values():
        older = sorted(revisions)[:-_KEPT]
        yield from (revision for revision in older if (revision.policy_uid, revision.name) not in needed)
