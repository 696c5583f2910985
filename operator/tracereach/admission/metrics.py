"""Every metric of the webhook, in one table."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
"""Buckets up to the deadline."""


class Metrics:
    """The webhook's metrics, registered once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tracereach_admission_requests_total",
            "Admission requests, by what became of the object.",
            ["path", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "tracereach_admission_seconds",
            "Time from an admission request to its answer.",
            ["path"],
            registry=registry,
            buckets=_SECONDS,
        )
