"""The metrics of the operator. The loop reports to them; `/metrics` serves their registry."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as PrometheusCounter

from tracereach.api import metrics
from tracereach.api.causes import Cause
from tracereach.api.coverage import CoverageReport
from tracereach.api.status import Count, EdgeState, PolicyStatus

_WORKLOAD_STATES = ("matched", "injected", "healthy", "waiting", "skipped", "failed")
_LEVELS = ("configured", "rolled_out", "observed")


@dataclass(frozen=True)
class PolicyReport:
    """What the metrics say of one policy."""

    policy: str
    status: PolicyStatus
    coverage: CoverageReport | None = None
    """With all of its edges and breaks, and not only those in the status."""


class Metrics:
    """The operator's metrics, registered once. What is unknown has no sample: 0 would be a claim."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.policies = _gauge(metrics.POLICIES, registry)
        self.workloads = _gauge(metrics.WORKLOADS, registry)
        self.coverage = _gauge(metrics.COVERAGE, registry)
        self.reach = _gauge(metrics.REACH, registry)
        self.edges = _gauge(metrics.EDGES, registry)
        self.breaks = _gauge(metrics.BREAKS, registry)
        patches, loop = metrics.PATCHES, metrics.LOOP_SECONDS
        self.patches = PrometheusCounter(patches.name, patches.meaning, patches.labels, registry=registry)
        self.loop_seconds = Histogram(loop.name, loop.meaning, loop.labels, registry=registry)

    def report(self, reports: Iterable[PolicyReport]) -> None:
        """Replace everything that is said of policies, so that deleted ones vanish."""
        every = tuple(reports)
        self.policies.set(len(every))
        for gauge in (self.workloads, self.coverage, self.reach, self.edges, self.breaks):
            gauge.clear()
        for report in every:
            self._workloads(report)
            self._coverage(report)

    def _workloads(self, report: PolicyReport) -> None:
        for state in _WORKLOAD_STATES:
            self.workloads.labels(report.policy, state).set(getattr(report.status.workloads, state))

    def _coverage(self, report: PolicyReport) -> None:
        coverage = report.status.coverage
        if coverage is None:
            return
        for level in _LEVELS:
            count: Count = getattr(coverage, level)
            if count.ratio is not None:
                self.coverage.labels(report.policy, level).set(float(count.ratio))
        if coverage.reach is not None:
            self.reach.labels(report.policy).set(float(coverage.reach))
        if report.coverage:
            self._edges(report.policy, report.coverage)

    def _edges(self, policy: str, coverage: CoverageReport) -> None:
        states = Counter(edge.state for edge in coverage.edges)
        for state in get_args(EdgeState):
            self.edges.labels(policy, state).set(states[state])
        if coverage.coverage.breaks is not None:
            causes = Counter(one.cause for one in coverage.breaks)
            for cause in Cause:
                self.breaks.labels(policy, str(cause)).set(causes[cause])


def _gauge(metric: metrics.Metric, registry: CollectorRegistry) -> Gauge:
    return Gauge(metric.name, metric.meaning, metric.labels, registry=registry)
