"""Every metric of the operator, in one table. The loop reports to it; `/metrics` serves its registry."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as PrometheusCounter

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
        self.policies = Gauge("tracereach_policies", "Policies in the cluster.", registry=registry)
        self.workloads = Gauge(
            "tracereach_workloads",
            "Workloads of a policy, by where they stand.",
            ["policy", "state"],
            registry=registry,
        )
        self.coverage = Gauge(
            "tracereach_coverage_ratio",
            "Share of workloads covered at a level.",
            ["policy", "level"],
            registry=registry,
        )
        self.reach = Gauge(
            "tracereach_reach_ratio",
            "Services that traces get to from the entries, over services reachable at all.",
            ["policy"],
            registry=registry,
        )
        self.edges = Gauge(
            "tracereach_edges", "Hops between workloads of a policy, by state.", ["policy", "state"], registry=registry
        )
        self.breaks = Gauge(
            "tracereach_breaks", "Places where traces stop, by cause.", ["policy", "cause"], registry=registry
        )
        self.patches = PrometheusCounter(
            "tracereach_patches_total", "Writes to workloads, by outcome.", ["outcome"], registry=registry
        )
        self.loop_seconds = Histogram(
            "tracereach_loop_seconds", "Time that one turn of the control loop takes.", registry=registry
        )

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
