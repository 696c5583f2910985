"""Putting changed pod templates back into the text they came from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tracereach.cli.sources import BYTE_ORDER_MARK, Document, Source
from tracereach.cli.splicing import CannotSplice, splice
from tracereach.cli.workloads import ManifestWorkload, put

Rewrite = tuple[ManifestWorkload, dict[str, Any]]
"""A workload and the pod template that it shall have."""


def rewrite(sources: Iterable[Source], rewrites: Iterable[Rewrite]) -> tuple[Source, ...]:
    """`sources` with the new templates; other documents come back as they are. Raises `InputRefused`."""
    by_document: defaultdict[Document, list[Rewrite]] = defaultdict(list)
    for workload, template in rewrites:
        by_document[workload.document].append((workload, template))
    return tuple(
        Source(source.name, tuple(_rewritten(document, by_document.get(document, [])) for document in source.documents))
        for source in sources
    )


def _rewritten(document: Document, rewrites: list[Rewrite]) -> Document:
    after = document.content
    for workload, template in rewrites:
        after = put(after, workload.place, template)
    text = document.text.removeprefix(BYTE_ORDER_MARK)
    mark = document.text[: len(document.text) - len(text)]
    try:
        return replace(document, text=mark + splice(text, document.content, after))
    except CannotSplice as error:
        place = rewrites[0][0].place if rewrites else ()
        raise document.refused(f"cannot be changed in place: {error}", place=place) from error
