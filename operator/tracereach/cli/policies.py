"""The policies that a command is given in files."""

from collections.abc import Iterable, Mapping

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
        problems = [document.refused(str(problem), place=place_of(problem.path)) for problem in refused.problems]
        raise InputRefused.together(problems) from refused


def _refused(document: Document, duplicate: Duplicate) -> InputRefused:
    first = document.line + duplicate.first_line + 1
    message = f"{path_of(duplicate.place)}: is there twice, first in line {first}; keep one"
    return document.refused_at(duplicate.line, message)
