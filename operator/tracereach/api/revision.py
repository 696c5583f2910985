"""A revision: everything that decides what is injected, pinned, and named by its own hashes.

It is kept as a `ControllerRevision` owned by its policy, whose data the API server never lets change, so what a
workload was injected with can always be rendered again. The operator's version and the user's template are not in it,
and neither is the pace of the rollout: changing those restarts nobody.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracereach.api.catalogue import Catalogue
from tracereach.api.policy import PolicySpec
from tracereach.api.schema import Model

RENDERED_FIELDS = frozenset(
    {"agents", "containers", "propagation", "sampling", "resource", "export", "env", "collector", "delivery"}
)
"""The fields of a specification that reach a pod template."""

_HASH_LENGTH = 8


class _Data(Model):
    """The `data` of a ControllerRevision."""

    spec: dict[str, Any]
    catalogue: Catalogue


@dataclass(frozen=True)
class Revision:
    """What is injected. `name` is a hash of the specification and one of the catalogue."""

    name: str
    spec: PolicySpec
    catalogue: Catalogue

    def data(self) -> dict[str, Any]:
        """The `data` of the ControllerRevision that keeps this revision."""
        return {"spec": _rendered(self.spec), "catalogue": self.catalogue.model_dump(mode="json", by_alias=True)}


def revision_of(spec: PolicySpec, catalogue: Catalogue) -> Revision:
    """The revision that an accepted specification and the present catalogue make."""
    name = f"{_hash(_rendered(spec))}-{_hash(catalogue.model_dump(mode='json', by_alias=True))}"
    return Revision(name, spec, catalogue)


def differ_in_catalogue_only(revision: str, other: str) -> bool:
    """Whether two revisions ask for the same, with other images: what an upgrade of the operator brings about."""
    return revision != other and revision.partition("-")[0] == other.partition("-")[0]


def revision_from(data: Mapping[str, Any]) -> Revision:
    """The revision that a ControllerRevision keeps. Raises `ValidationError` for data of a foreign make.

    Selector and pace are not part of a revision; the specification gets a selector that matches nothing.
    """
    stored = _Data.model_validate(data)
    unmatched = {"matchLabels": {"tracereach.dev/revision-only": "true"}}
    return revision_of(PolicySpec.model_validate(stored.spec | {"selector": unmatched}), stored.catalogue)


def _rendered(spec: PolicySpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True, include=set(RENDERED_FIELDS))


def _hash(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).hexdigest()[:_HASH_LENGTH]
