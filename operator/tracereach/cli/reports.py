"""From our objects in a cluster to rows for people. A field that is not there yet is an empty cell, never an error."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import EXPLANATIONS, Reason
from tracereach.cluster.resources import Object

POLICY_HEADERS = ("POLICY", "MATCHED", "INJECTED", "HEALTHY", "REACH", "BREAKS", "READY")
WORKLOAD_HEADERS = ("NAMESPACE", "KIND", "NAME", "POLICY", "REVISION", "STATE", "REASON", "AGENTS", "MESSAGE")
EDGE_HEADERS = ("CALLER", "CALLEE", "CALLS", "CARRIED", "STATE")

Row = tuple[str, ...]

_BREAKS = 5
"""How many breaks a policy's coverage names on the page; `tracereach map` has all."""


def policy_name(policy: Object) -> str:
    """As people refer to it: `TracingPolicy/NAMESPACE/NAME`."""
    metadata = policy["metadata"]
    return str(PolicyReference(policy["kind"], metadata.get("namespace", ""), metadata["name"]))


def policy_rows(policies: Iterable[Object]) -> list[Row]:
    """One row for each policy."""
    return [
        (
            policy_name(policy),
            *(_text(_inside(policy, "status", "workloads"), key) for key in ("matched", "injected", "healthy")),
            *(_text(_inside(policy, "status", "coverage"), key) for key in ("reach", "breaks")),
            _ready(policy),
        )
        for policy in policies
    ]


def workload_rows(workloads: Iterable[Object]) -> list[Row]:
    """One row for each TracedWorkload."""
    return [
        (
            workload["metadata"].get("namespace", ""),
            *(_text(_inside(workload, "spec"), key) for key in ("kind", "name", "policy")),
            *(_text(_inside(workload, "status"), key) for key in ("revision", "state", "reason")),
            ", ".join(_inside(workload, "status").get("agents") or ()),
            _text(_inside(workload, "status"), "message"),
        )
        for workload in workloads
    ]


def edge_rows(policies: Iterable[Object]) -> list[Row]:
    """One row for each hop that a policy reports; policies that share one report the same."""
    rows = (
        tuple(_text(edge, key) for key in ("caller", "callee", "calls", "carried", "state"))
        for policy in policies
        for edge in _inside(policy, "status", "coverage").get("edges") or ()
    )
    return list(dict.fromkeys(rows))


def coverage_lines(policies: Iterable[Object]) -> Iterator[str]:
    """The three levels of coverage of each policy that has any, and why a figure is unknown."""
    for policy in policies:
        coverage = _inside(policy, "status", "coverage")
        if coverage:
            levels = ", ".join(
                f"{title} {_count(_inside(coverage, key))}"
                for title, key in (("configured", "configured"), ("rolled out", "rolledOut"), ("observed", "observed"))
            )
            message = _text(coverage, "message")
            yield f"Coverage of {policy_name(policy)}: {levels}{f' ({message})' if message else ''}"
            yield from (f"  {_break(one)}" for one in (coverage.get("worst") or ())[:_BREAKS])


def notes(policies: Iterable[Object], workloads: Iterable[Object]) -> Iterator[str]:
    """Warnings of each policy, and whom it leaves alone that the rows of workloads do not name."""
    rows = {_reference(workload) for workload in workloads}
    for policy in policies:
        name, status = policy_name(policy), _inside(policy, "status")
        yield from (f"{name}: warning: {warning}" for warning in status.get("warnings") or ())
        for one in status.get("skipped") or ():
            if one["workload"] not in rows:
                message = _text(one, "message")
                yield f"{name}: leaves {one['workload']} alone: {one['reason']}{f' ({message})' if message else ''}"


def explanations(workloads: Iterable[Object]) -> Iterator[str]:
    """What each reason of a workload that is not just as it should be means, and the next step."""
    statuses = [_inside(workload, "status") for workload in workloads]
    reasons = Counter(status["reason"] for status in statuses if status and status["reason"] != Reason.INJECTED)
    for reason, count in reasons.most_common():
        if reason in set(Reason):
            explanation = EXPLANATIONS[Reason(reason)]
            workloads_there = "1 workload" if count == 1 else f"{count} workloads"
            yield f"\n{reason} ({workloads_there}): {explanation.meaning}\n  {explanation.remedy}"


def _break(one: Mapping[str, Any]) -> str:
    caller, callee, at = (_text(one, key).rpartition("/")[2] for key in ("caller", "callee", "at"))
    return f"{caller} -> {callee}: {_text(one, 'cause')} at {at}. {_text(one, 'remedy')}"


def _reference(workload: Object) -> str:
    spec = _inside(workload, "spec")
    return f"{workload['metadata'].get('namespace', '')}/{_text(spec, 'kind')}/{_text(spec, 'name')}"


def _ready(policy: Object) -> str:
    if policy["metadata"].get("deletionTimestamp"):
        return "Terminating"
    conditions = _inside(policy, "status").get("conditions") or ()
    return next((str(condition["status"]) for condition in conditions if condition["type"] == "Ready"), "")


def _inside(body: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        body = body.get(key) or {}
    return body


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return "" if value is None else str(value)


def _count(level: Mapping[str, Any]) -> str:
    return f"{level['count']} of {level['total']}" if level.get("total") else "unknown"
