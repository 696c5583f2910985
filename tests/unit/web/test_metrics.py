"""The metrics that the loop reports."""

from prometheus_client import CollectorRegistry

from tracereach.api.causes import Cause
from tracereach.api.coverage import CoverageReport
from tracereach.api.metrics import OF_THE_OPERATOR
from tracereach.api.status import BreakStatus, Count, Counts, CoverageStatus, EdgeStatus, PolicyStatus
from tracereach.web.metrics import Metrics, PolicyReport

ALL, UNKNOWN = Count(count=4, total=4, ratio="1"), Count(count=0, total=4)


def report(name: str, *, reach: str | None) -> PolicyReport:
    observed, breaks = (ALL, 1) if reach else (UNKNOWN, None)
    coverage = CoverageStatus(configured=ALL, rolled_out=ALL, observed=observed, reach=reach, breaks=breaks)
    status = PolicyStatus(workloads=Counts(matched=4, healthy=3), coverage=coverage)
    healthy = EdgeStatus(caller="a", callee="b", calls=40, carried=40, state="Healthy")
    broken = BreakStatus(caller="a", callee="c", at="c", cause=Cause.NOT_INSTRUMENTED, confidence="High")
    full = CoverageReport(policy=name, objective="1", coverage=coverage, edges=(healthy,) * 25, breaks=(broken,))
    return PolicyReport(name, status, full)


def test_reports_policies() -> None:
    registry = CollectorRegistry()
    Metrics(registry).report([report("shop", reach="0.75")])
    shop = {"policy": "shop"}
    assert registry.get_sample_value("tracereach_policies") == 1
    assert registry.get_sample_value("tracereach_workloads", shop | {"state": "healthy"}) == 3
    assert registry.get_sample_value("tracereach_coverage_ratio", shop | {"level": "observed"}) == 1
    assert registry.get_sample_value("tracereach_reach_ratio", shop) == 0.75
    assert registry.get_sample_value("tracereach_edges", shop | {"state": "Healthy"}) == 25
    assert registry.get_sample_value("tracereach_edges", shop | {"state": "Broken"}) == 0
    assert registry.get_sample_value("tracereach_breaks", shop | {"cause": "NotInstrumented"}) == 1
    assert registry.get_sample_value("tracereach_breaks", shop | {"cause": "SamplerDrops"}) == 0


def test_what_is_unknown_has_no_sample() -> None:
    registry = CollectorRegistry()
    Metrics(registry).report([report("shop", reach=None), PolicyReport("new", PolicyStatus())])
    assert registry.get_sample_value("tracereach_reach_ratio", {"policy": "shop"}) is None
    assert registry.get_sample_value("tracereach_breaks", {"policy": "shop", "cause": "NotInstrumented"}) is None
    assert registry.get_sample_value("tracereach_coverage_ratio", {"policy": "shop", "level": "observed"}) is None
    assert registry.get_sample_value("tracereach_workloads", {"policy": "new", "state": "matched"}) == 0


def test_a_policy_that_is_gone_or_no_longer_known_leaves_nothing() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.report([report("shop", reach="1"), report("old", reach="1")])
    metrics.report([report("shop", reach=None)])
    assert registry.get_sample_value("tracereach_reach_ratio", {"policy": "shop"}) is None
    assert registry.get_sample_value("tracereach_edges", {"policy": "old", "state": "Healthy"}) is None


def test_every_metric_is_in_the_table_of_the_reference() -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    registered = {(family.name, family.type, family.documentation) for family in registry.collect()}
    assert registered == {(one.name.removesuffix("_total"), one.kind, one.meaning) for one in OF_THE_OPERATOR}
