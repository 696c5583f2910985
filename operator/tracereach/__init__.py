"""Tracereach: roll out tracing to a whole Kubernetes cluster, and see how far a trace really reaches."""

__version__ = "0.1.0"
