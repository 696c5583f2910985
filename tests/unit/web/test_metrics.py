"""The metrics that the loop reports."""

from prometheus_client import CollectorRegistry

from tracereach.api.status import Count, Counts, CoverageStatus, PolicyStatus
from tracereach.web.metrics import Metrics, PolicyReport

ALL, UNKNOWN = Count(count=4, total=4, ratio="1"), Count(count=0, total=4)


def report(name: str, *, reach: str | None) -> PolicyReport:
    coverage = CoverageStatus(configured=ALL, rolled_out=ALL, observed=ALL if reach else UNKNOWN, reach=reach)
    status = PolicyStatus(workloads=Counts(matched=4, healthy=3), coverage=coverage)
    return PolicyReport(name, status, {"Healthy": 25, "Broken": 1})


def test_reports_policies() -> None:
    registry = CollectorRegistry()
    Metrics(registry).report([report("shop", reach="0.75")])
    shop = {"policy": "shop"}
    assert registry.get_sample_value("tracereach_policies") == 1
    assert registry.get_sample_value("tracereach_workloads", shop | {"state": "healthy"}) == 3
    assert registry.get_sample_value("tracereach_coverage_ratio", shop | {"level": "observed"}) == 1
    assert registry.get_sample_value("tracereach_reach_ratio", shop) == 0.75
    assert registry.get_sample_value("tracereach_edges", shop | {"state": "Healthy"}) == 25


def test_what_is_unknown_has_no_sample() -> None:
    registry = CollectorRegistry()
    Metrics(registry).report([report("shop", reach=None), PolicyReport("new", PolicyStatus(), {})])
    assert registry.get_sample_value("tracereach_reach_ratio", {"policy": "shop"}) is None
    assert registry.get_sample_value("tracereach_coverage_ratio", {"policy": "shop", "level": "observed"}) is None
    assert registry.get_sample_value("tracereach_workloads", {"policy": "new", "state": "matched"}) == 0


def test_a_policy_that_is_gone_or_no_longer_known_leaves_nothing() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.report([report("shop", reach="1"), report("old", reach="1")])
    metrics.report([report("shop", reach=None)])
    assert registry.get_sample_value("tracereach_reach_ratio", {"policy": "shop"}) is None
    assert registry.get_sample_value("tracereach_edges", {"policy": "old", "state": "Healthy"}) is None
