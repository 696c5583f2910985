"""The spans of one trace in the order and depth in which a person reads them. The command line and the page draw it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One span of a probe's trace. Ids are lower case hexadecimal; times are nanoseconds of the Unix epoch."""

    trace_id: str
    span_id: str
    parent_id: str
    """Empty where the span begins its trace."""
    name: str
    kind: str
    """`Internal`, `Server`, `Client`, `Producer`, `Consumer` or `Unspecified`."""
    workload: str
    """`namespace/kind/name`, as stamped by the sidecar."""
    service: str
    start: int
    end: int
    status: str = "Unset"
    """`Unset`, `Ok` or `Error`."""
    peer: str = ""
    """Of a call, the address that was dialled."""
    probe: str = ""
    """The trace id that the user agent of a probe names: whoever forwards a request forwards that too."""


@dataclass(frozen=True)
class Row:
    """One line of a trace's tree. `span` is missing where other spans name a parent that never arrived."""

    depth: int
    span_id: str
    span: Span | None


def tree(spans: Iterable[Span]) -> tuple[Row, ...]:
    """The spans of one trace, depth first: parents before children, and siblings by their start.

    No span is lost: those with an unknown parent stand below a row for it, and a ring is cut at its earliest span.
    """
    known: dict[str, Span] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.span_id)):
        known.setdefault(span.span_id, span)
    children: defaultdict[str, list[Span]] = defaultdict(list)
    for span in known.values():
        children[span.parent_id].append(span)
    rows: dict[str, Row] = {}
    for root in children.get("", ()):
        _place(root, 0, children, rows)
    for parent in [parent for parent in children if parent and parent not in known]:
        rows[parent] = Row(0, parent, None)
        for orphan in children[parent]:
            _place(orphan, 1, children, rows)
    for span in known.values():
        _place(span, 0, children, rows)
    return tuple(rows.values())


def _place(top: Span, depth: int, children: Mapping[str, list[Span]], rows: dict[str, Row]) -> None:
    """Add the rows of a span and of everything under it, except those that have their row already."""
    waiting = [(top, depth)]
    while waiting:
        span, level = waiting.pop()
        if span.span_id not in rows:
            rows[span.span_id] = Row(level, span.span_id, span)
            waiting += [(child, level + 1) for child in reversed(children.get(span.span_id, []))]
