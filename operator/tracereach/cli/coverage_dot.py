"""The coverage map as a graph for Graphviz: a node for each workload, an edge for each hop, and why it breaks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tracereach.api.coverage import CoverageReport, ServiceReport, TerminalKind
from tracereach.api.status import BreakStatus, EdgeState, EdgeStatus
from tracereach.cli.coverage_map import name

_COLOURS: Mapping[EdgeState, str] = {
    "Healthy": "forestgreen",
    "Partial": "darkorange",
    "Broken": "red",
    "Unknown": "grey50",
}

_SHAPES: Mapping[TerminalKind, str] = {"Database": "cylinder", "Broker": "cds", "Host": "ellipse"}

Hop = tuple[str, str]


def dot_of(reports: Iterable[CoverageReport]) -> str:
    """All policies in one graph: who is in the reports of several is drawn once."""
    told = tuple(reports)
    lines = ["digraph coverage {", "  rankdir=LR;", '  node [shape=box, style="rounded"];']
    lines += [f"  {line}" for part in (_nodes(told), _edges(told), _terminals(told)) for line in part]
    return "\n".join([*lines, "}"])


def quoted(*lines: str) -> str:
    """A string of the DOT language, as it stands: nothing that somebody named can end it or means anything in it."""
    return '"' + r"\n".join(map(_escaped, lines)) + '"'


def _escaped(text: str) -> str:
    printable = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def _nodes(reports: Iterable[CoverageReport]) -> Iterator[str]:
    """A cluster for each namespace."""
    spaces: defaultdict[str, defaultdict[str, list[ServiceReport]]] = defaultdict(lambda: defaultdict(list))
    for report in reports:
        for service in report.services:
            spaces[service.workload.partition("/")[0]][service.workload].append(service)
    for namespace, workloads in sorted(spaces.items()):
        yield f"subgraph {quoted(f'cluster_{namespace}')} {{"
        yield f"  label={quoted(namespace)};"
        yield from (f"  {_node(workload, told)}" for workload, told in sorted(workloads.items()))
        yield "}"


def _node(workload: str, told: Iterable[ServiceReport]) -> str:
    """One workload, as the policy that selects it tells of it."""
    service = max(told, key=lambda one: (one.entry, one.selected))
    label = [name(workload), workload.split("/")[1], *([str(service.unknown)] if service.unknown else [])]
    attributes = {"label": quoted(*label)}
    if service.entry:
        attributes["peripheries"] = "2"
    if not service.selected:
        attributes |= {"color": "grey50", "fontcolor": "grey50"}
    return f"{quoted(workload)} {_list(attributes)};"


def _edges(reports: Iterable[CoverageReport]) -> Iterator[str]:
    """Solid where spans have shown the hop, dashed where only configuration tells of it."""
    seen: dict[Hop, EdgeStatus] = {}
    breaks: defaultdict[Hop, dict[str, None]] = defaultdict(dict)
    for report in reports:
        for edge in report.edges:
            hop = edge.caller, edge.callee
            seen[hop] = max(seen.get(hop, edge), edge, key=lambda one: one.calls)
        for one in (*report.breaks, *report.elsewhere):
            breaks[one.caller, one.callee][_cause(one)] = None
    for hop in sorted(seen.keys() | breaks.keys()):
        yield _edge(hop, seen.get(hop), breaks.get(hop, ()))


def _edge(hop: Hop, edge: EdgeStatus | None, causes: Iterable[str]) -> str:
    colour = _COLOURS[edge.state if edge else "Broken"]
    counts = [f"{edge.carried} of {edge.calls} calls"] if edge and edge.calls else []
    observed = edge is not None and "Observed" in edge.evidence
    attributes = {
        "label": quoted(*counts, *causes),
        "style": "solid" if observed else "dashed",
        "color": colour,
        "fontcolor": colour,
    }
    return f"{quoted(hop[0])} -> {quoted(hop[1])} {_list(attributes)};"


def _cause(one: BreakStatus) -> str:
    return f"{one.cause} at {name(one.at)}"


def _terminals(reports: Iterable[CoverageReport]) -> Iterator[str]:
    """Where calls go beside workloads: first each with its shape, then who calls there."""
    calls = {(one.kind, one.address, one.caller): one.calls for report in reports for one in report.terminals}
    for kind, address in sorted({(kind, address) for kind, address, _ in calls}):
        attributes = {"label": quoted(address), "shape": _SHAPES[kind], "style": "solid"}
        yield f"{quoted(f'{kind}/{address}')} {_list(attributes)};"
    for (kind, address, caller), number in sorted(calls.items()):
        attributes = {"label": quoted(f"{number} calls"), "style": "solid"}
        yield f"{quoted(caller)} -> {quoted(f'{kind}/{address}')} {_list(attributes)};"


def _list(attributes: Mapping[str, str]) -> str:
    return f"[{', '.join(f'{key}={value}' for key, value in attributes.items())}]"
