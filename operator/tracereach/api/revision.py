"""A revision: everything that decides what is injected, pinned, and named by its own hashes.

It is kept as a `ControllerRevision` owned by its policy, whose data the API server never lets change, so what a
workload was injected with can always be rendered again. The operator's version and the user's template are not in it,
and neither is the pace of the rollout: changing those restarts nobody.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """What is injected. `name` is a hash of the specification and one of the catalogue, and says all that matters:
    revisions of one name are equal, so whatever depends on the revision alone is made once for each."""

    name: str
    spec: PolicySpec = field(compare=False)
    catalogue: Catalogue = field(compare=False)

    def data(self) -> dict[str, Any]:
        """The `data` of the ControllerRevision that keeps this revision."""
        return {"spec": _rendered(self.spec), "catalogue": self.catalogue.model_dump(mode="json", by_alias=True)}


def revision_of(spec: PolicySpec, catalogue: Catalogue) -> Revision:
    """The revision that an accepted specification and the present catalogue make."""
    name = f"{content_hash(_rendered(spec))}-{content_hash(catalogue.model_dump(mode='json', by_alias=True))}"
    return Revision(name, spec, catalogue)


def have_same_settings(revision: str, other: str) -> bool:
    """Whether two revisions ask for the same, be it with other images, as after an upgrade of the operator."""
    return revision.partition("-")[0] == other.partition("-")[0]


def revision_from(data: Mapping[str, Any]) -> Revision:
    """The revision that a ControllerRevision keeps. Raises `ValidationError` for data of a foreign make.

    Selector and pace are not part of a revision; the specification gets a selector that matches nothing.
    """
    stored = _Data.model_validate(data)
    unmatched = {"matchLabels": {"tracereach.dev/revision-only": "true"}}
    return revision_of(PolicySpec.model_validate(stored.spec | {"selector": unmatched}), stored.catalogue)


def _rendered(spec: PolicySpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True, include=set(RENDERED_FIELDS))


def content_hash(content: object) -> str:
    """A short hash of JSON data, in which a field that is empty or off counts as one that is not there."""
    canonical = json.dumps(_essence(content), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).hexdigest()[:_HASH_LENGTH]


def _essence(content: Any) -> Any:
    """`content` without fields that are absent, off or empty: a release that adds one must rename no revision."""
    if isinstance(content, dict):
        essences = {key: _essence(value) for key, value in content.items()}
        return {
            key: value for key, value in essences.items() if not (value is None or value is False or value in ([], {}))
        }
    return content
