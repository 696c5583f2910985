"""Every metric that operator and webhook serve, in one table: they register it, and the reference shows it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One of them, under its full name."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


POLICIES = Metric("tracereach_policies", "gauge", "Policies in the cluster.")
WORKLOADS = Metric(
    "tracereach_workloads", "gauge", "Workloads of a policy, by where they stand.", labels=("policy", "state")
)
COVERAGE = Metric(
    "tracereach_coverage_ratio", "gauge", "Share of workloads covered at a level.", labels=("policy", "level")
)
REACH = Metric(
    "tracereach_reach_ratio",
    "gauge",
    "Services that traces get to from the entries, over services reachable at all.",
    labels=("policy",),
)
EDGES = Metric("tracereach_edges", "gauge", "Hops between workloads of a policy, by state.", labels=("policy", "state"))
BREAKS = Metric("tracereach_breaks", "gauge", "Places where traces stop, by cause.", labels=("policy", "cause"))
PATCHES = Metric("tracereach_patches_total", "counter", "Writes to workloads, by outcome.", labels=("outcome",))
LOOP_SECONDS = Metric("tracereach_loop_seconds", "histogram", "Time that one turn of the control loop takes.")

ADMISSION_REQUESTS = Metric(
    "tracereach_admission_requests_total",
    "counter",
    "Admission requests, by what became of the object.",
    labels=("path", "outcome"),
)
ADMISSION_SECONDS = Metric(
    "tracereach_admission_seconds", "histogram", "Time from an admission request to its answer.", labels=("path",)
)

OF_THE_OPERATOR = (POLICIES, WORKLOADS, COVERAGE, REACH, EDGES, BREAKS, PATCHES, LOOP_SECONDS)
OF_THE_WEBHOOK = (ADMISSION_REQUESTS, ADMISSION_SECONDS)
