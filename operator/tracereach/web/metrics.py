"""Every metric of the operator, in one table. The loop reports to it; `/metrics` serves its registry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tracereach.api.status import Count, PolicyStatus

_WORKLOAD_STATES = ("matched", "injected", "healthy", "waiting", "skipped", "failed")
_LEVELS = ("configured", "rolled_out", "observed")


@dataclass(frozen=True)
class PolicyReport:
    """What the metrics say of one policy; `edges` counts all of its edges by state, not only those in the status."""

    policy: str
    status: PolicyStatus
    edges: Mapping[str, int]


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
        self.patches = Counter(
            "tracereach_patches_total", "Writes to workloads, by outcome.", ["outcome"], registry=registry
        )
        self.loop_seconds = Histogram(
            "tracereach_loop_seconds", "Time that one turn of the control loop takes.", registry=registry
        )

    def report(self, reports: Iterable[PolicyReport]) -> None:
        """Replace everything that is said of policies, so that deleted ones vanish."""
        every = tuple(reports)
        self.policies.set(len(every))
        for gauge in (self.workloads, self.coverage, self.reach, self.edges):
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
        for state, edges in report.edges.items():
            self.edges.labels(report.policy, state).set(edges)
