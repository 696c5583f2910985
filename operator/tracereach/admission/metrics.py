"""The metrics of the webhook."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from tracereach.api.metrics import ADMISSION_REQUESTS, ADMISSION_SECONDS

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
"""Buckets up to the deadline."""


class Metrics:
    """The webhook's metrics, registered once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            ADMISSION_REQUESTS.name, ADMISSION_REQUESTS.meaning, ADMISSION_REQUESTS.labels, registry=registry
        )
        self.seconds = Histogram(
            ADMISSION_SECONDS.name,
            ADMISSION_SECONDS.meaning,
            ADMISSION_SECONDS.labels,
            registry=registry,
            buckets=_SECONDS,
        )
