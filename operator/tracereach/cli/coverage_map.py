"""The services of a policy as a tree from its entries: every hop with its state, and the cause where it breaks."""

from collections import defaultdict
from collections.abc import Iterator

from rich.text import Text
from rich.tree import Tree

from tracereach.api.causes import SILENCES
from tracereach.api.coverage import CoverageReport, ServiceReport
from tracereach.api.status import BreakStatus, EdgeStatus

_MARKS = {"Healthy": ("●", "green"), "Partial": ("◐", "yellow"), "Broken": ("✗", "red"), "Unknown": ("○", "dim")}
LEGEND = "● traces cross   ◐ some do   ✗ they stop   ○ not known yet"


def tree_of(report: CoverageReport) -> Tree:
    """The map of one policy. A service that was drawn before is named and not drawn again."""
    coverage = report.coverage
    root = Tree(Text.assemble((report.policy, "bold"), f"  reach {coverage.reach or 'unknown'}"))
    view = _View(report)
    for service in report.services:
        if service.entry:
            _draw(root, service.workload, view, Text.assemble((name(service.workload), "bold"), " (entry)"))
    for workload in view.roots():
        _draw(root, workload, view, Text(name(workload)))
    return root


def name(workload: str) -> str:
    """The last part of `namespace/kind/name`."""
    return workload.rpartition("/")[2]


class _View:
    """The report by what the map looks up, and what it has drawn so far."""

    def __init__(self, report: CoverageReport) -> None:
        self.services = {service.workload: service for service in report.services}
        self.drawn: set[str] = set()
        self._hops: defaultdict[str, dict[str, EdgeStatus | None]] = defaultdict(dict)
        self.breaks: defaultdict[tuple[str, str], list[BreakStatus]] = defaultdict(list)
        for edge in report.edges:
            self._hops[edge.caller][edge.callee] = edge
        for one in (*report.breaks, *report.elsewhere):
            self.breaks[one.caller, one.callee].append(one)
            self._hops[one.caller].setdefault(one.callee, None)

    def hops(self, caller: str) -> Iterator[tuple[str, EdgeStatus | None]]:
        """Whom a workload calls; without counts where no span shows the hop."""
        return iter(sorted(self._hops.get(caller, {}).items()))

    def roots(self) -> Iterator[str]:
        """Workloads that nobody drawn leads to, the callers among them first."""
        called = {callee for hops in self._hops.values() for callee in hops}
        for workload in sorted(self.services, key=lambda one: (one in called, one)):
            if workload not in self.drawn:
                yield workload


def _draw(parent: Tree, workload: str, view: _View, label: Text) -> None:
    if workload in view.drawn:
        parent.add(Text.assemble(label, ("  ↑ above", "dim")))
        return
    view.drawn.add(workload)
    branch = parent.add(Text.assemble(label, *_about(view.services.get(workload))))
    for callee, edge in view.hops(workload):
        state = edge.state if edge else "Broken"
        mark, style = _MARKS[state]
        counts = f"  {edge.carried} of {edge.calls} calls" if edge and edge.calls else ""
        causes = (f"  {one.cause} at {name(one.at)}" for one in view.breaks[workload, callee])
        _draw(branch, callee, view, Text.assemble((f"{mark} ", style), name(callee), counts, ("".join(causes), "red")))


def _about(service: ServiceReport | None) -> Iterator[tuple[str, str]]:
    if service is None:
        return
    if not service.selected:
        yield "  not of this policy", "dim"
    if service.unknown:
        yield f"  {service.unknown}: {SILENCES[service.unknown].meaning}", "yellow"
