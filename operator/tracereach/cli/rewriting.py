"""Putting changed pod templates back into the text they came from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracereach.cli.aliases import shared_change
from tracereach.cli.errors import InputRefused
from tracereach.cli.places import path_of
from tracereach.cli.sources import BYTE_ORDER_MARK, Document, Source
from tracereach.cli.splicing import CannotSplice, splice
from tracereach.cli.workloads import Location, ManifestWorkload, put

Rewrite = tuple[ManifestWorkload, dict[str, Any]]
"""A workload and the pod template that it shall have."""


@dataclass(frozen=True)
class Rewritten:
    """What came of it."""

    sources: tuple[Source, ...]
    """Documents that cannot be changed are as they were."""
    refused: Mapping[Location, InputRefused]
    """Each workload whose document is such that it cannot be changed."""


def rewrite(sources: Iterable[Source], rewrites: Iterable[Rewrite]) -> Rewritten:
    """`sources` with the new templates; other documents come back as they are."""
    by_document: defaultdict[Document, list[Rewrite]] = defaultdict(list)
    for workload, template in rewrites:
        by_document[workload.document].append((workload, template))
    changed: dict[Document, Document] = {}
    refused: dict[Location, InputRefused] = {}
    for document, group in by_document.items():
        try:
            changed[document] = _rewritten(document, group)
        except CannotSplice as error:
            refused |= _refusals(document, group, error)
    after = (
        Source(source.name, tuple(changed.get(document, document) for document in source.documents))
        for source in sources
    )
    return Rewritten(tuple(after), refused)


def _rewritten(document: Document, rewrites: list[Rewrite]) -> Document:
    text = document.text.removeprefix(BYTE_ORDER_MARK)
    mark = document.text[: len(document.text) - len(text)]
    return replace(document, text=mark + splice(text, document.content, _after(document, rewrites)))


def _after(document: Document, rewrites: list[Rewrite]) -> Any:
    after = document.content
    for workload, template in rewrites:
        after = put(after, workload.place, template)
    return after


def _refusals(document: Document, rewrites: list[Rewrite], error: CannotSplice) -> dict[Location, InputRefused]:
    """Those of a document's workloads that cannot be changed even alone; where none is, all, for want of a culprit."""
    refused = {}
    for one in rewrites:
        try:
            _rewritten(document, [one])
        except CannotSplice as own:
            refused[one[0].location] = _refusal(document, one, own)
    return refused or {one[0].location: _refusal(document, one, error) for one in rewrites}


def _refusal(document: Document, one: Rewrite, error: CannotSplice) -> InputRefused:
    workload, _ = one
    text = document.text.removeprefix(BYTE_ORDER_MARK)
    if shared := shared_change(text, document.content, _after(document, [one])):
        field = path_of(shared.place)
        message = (
            f"{field} is shared by the alias *{shared.anchor}, so it cannot be changed alone; write it out plainly"
        )
        return document.refused_at(shared.line, f"{workload.reference}: {message}")
    return document.refused(f"{workload.reference}: cannot be changed in place: {error}", place=workload.place)
