"""Everything about one service's part in traces, on one page. Lines in plain text."""

from collections.abc import Iterator
from difflib import get_close_matches

from tracereach.api.causes import CAUSES, SILENCES, UNREACHABLE_BACKEND
from tracereach.api.coverage import CoverageReport, ServiceReport
from tracereach.api.reasons import EXPLANATIONS
from tracereach.api.status import BreakStatus, EdgeStatus
from tracereach.cli.coverage_map import name
from tracereach.cli.errors import Failed


def find(reports: list[CoverageReport], wanted: str, namespace: str | None) -> tuple[CoverageReport, ServiceReport]:
    """The service that is meant, in the report of the policy that has it if one has. Raises `Failed`."""
    found = [
        (report, service)
        for report in reports
        for service in report.services
        if _is(service.workload, wanted, namespace)
    ]
    if not found:
        known = sorted({name(service.workload) for report in reports for service in report.services})
        near = get_close_matches(name(wanted), known, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "No policy has it, and nothing that one has calls it."
        raise Failed(f"nothing is known of {wanted}. {hint}")
    workloads = {service.workload for _, service in found}
    if len(workloads) > 1:
        raise Failed(f"{wanted} may be any of {', '.join(sorted(workloads))}: name one of them in full")
    return max(found, key=lambda pair: pair[1].selected)


def page(report: CoverageReport, service: ServiceReport) -> Iterator[str]:
    """The page."""
    yield service.workload
    yield f"  policy: {report.policy if service.selected else 'none: no policy has it'}"
    levels = (("configured", service.configured), ("rolled out", service.rolled_out), ("observed", service.observed))
    yield "  " + ", ".join(f"{title}: {'yes' if holds else 'no'}" for title, holds in levels)
    if service.reason and not service.configured:
        explanation = EXPLANATIONS[service.reason]
        yield f"  {service.reason}: {explanation.meaning} {explanation.remedy}"
    if service.propagators and (service.configured or service.observed):
        yield f"  propagators: {','.join(service.propagators)}; sampler: {service.sampler or 'not known'}"
    yield f"  traces from the entries get here: {service.reached.lower()}"
    if service.backend == "Unreachable":
        yield f"  backend: {UNREACHABLE_BACKEND.meaning} {UNREACHABLE_BACKEND.remedy}"
    if service.unknown:
        silence = SILENCES[service.unknown]
        yield f"  nothing is known of its spans: {silence.meaning} {silence.remedy}"
    if service.spans:
        yield f"  spans: {', '.join(f'{kind} {count}' for kind, count in service.spans.items())}"
    yield from _edges("called by", [edge for edge in report.edges if edge.callee == service.workload], "caller")
    yield from _edges("calls", [edge for edge in report.edges if edge.caller == service.workload], "callee")
    for one in (*report.breaks, *report.elsewhere):
        if service.workload in {one.at, one.caller, one.callee}:
            yield ""
            yield from told(one)


def told(one: BreakStatus) -> Iterator[str]:
    """A break in words: where, why, on what evidence, and what mends it."""
    yield f"{name(one.caller)} -> {name(one.callee)}: {one.cause} at {name(one.at)} ({one.confidence} confidence)"
    yield f"  {CAUSES[one.cause].meaning}"
    yield f"  {'by templates' if one.predicted else 'seen'}: {one.message}"
    yield f"  do: {one.remedy}"
    if one.alternatives:
        yield f"  it might also be {' or '.join(one.alternatives)}; a probe tells them apart: tracereach probe"
    if one.since:
        began = f", with the rollout of revision {one.revision}" if one.revision else ""
        yield f"  since {one.since}{began}"


def _edges(title: str, edges: list[EdgeStatus], end: str) -> Iterator[str]:
    if edges:
        yield f"  {title}:"
        yield from (f"    {_edge(edge, getattr(edge, end))}" for edge in edges)


def _edge(edge: EdgeStatus, other: str) -> str:
    return f"{name(other)}  {edge.state}  {edge.carried} of {edge.calls} calls continued"


def _is(workload: str, wanted: str, namespace: str | None) -> bool:
    if namespace and not workload.startswith(f"{namespace}/"):
        return False
    return workload == wanted or workload.endswith(f"/{wanted}")
