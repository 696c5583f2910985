"""The policies that a command is given in files."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyRefused, accept
from tracereach.cli.duplicates import Duplicate, duplicates
from tracereach.cli.errors import InputRefused
from tracereach.cli.places import path_of, place_of
from tracereach.cli.sources import Document, read_sources


def read_policies(paths: Iterable[str], *, namespace: str) -> tuple[Policy, ...]:
    """Every policy in `paths`; `namespace` is that of those that name none. Raises `InputRefused`."""
    documents = [document for source in read_sources(paths) for document in source.documents]
    policies = tuple(_accept(document, namespace) for document in documents if document.content is not None)
    if not policies:
        raise InputRefused(f"{', '.join(paths)}: has no {names.POLICY_KIND} or {names.CLUSTER_POLICY_KIND}")
    return policies


def _accept(document: Document, namespace: str) -> Policy:
    body = document.content
    if not isinstance(body, Mapping):
        raise document.refused("is no Kubernetes object")
    if twice := [_refused(document, found) for found in duplicates(document.plain)]:
        raise InputRefused.together(twice)
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping):
        body = {**body, "metadata": {"namespace": namespace, **metadata}}
    try:
        return accept(body)
    except PolicyRefused as refused:
        problems = [
            document.refused(f"{problem}{_found(problem.path, body)}", place=place_of(problem.path))
            for problem in refused.problems
        ]
        raise InputRefused.together(problems) from refused


def _refused(document: Document, duplicate: Duplicate) -> InputRefused:
    first = document.line + duplicate.first_line + 1
    message = f"{path_of(duplicate.place)}: is there twice, first in line {first}; keep one"
    return document.refused_at(duplicate.line, message)


def _found(path: str, body: Mapping[str, Any]) -> str:
    """What an object is that is no policy; nothing where another field than `apiVersion` or `kind` is at `path`."""
    if path not in {"apiVersion", "kind"}:
        return ""
    kind, items = body.get("kind"), body.get("items")
    if isinstance(items, list) and str(kind).endswith("List"):
        objects = "1 object" if len(items) == 1 else f"{len(items)} objects"
        return f"; found is a {kind} with {objects}: give each policy as a document of its own"
    if body.get(path) is None:
        return "; it is missing"
    if path == "kind" or kind in (names.POLICY_KIND, names.CLUSTER_POLICY_KIND):
        return f"; found is {body[path]}"
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    found = " ".join(str(part) for part in (kind, name) if part)
    return f"; found is {found} of {body['apiVersion']}, and manifests belong to --filename"
