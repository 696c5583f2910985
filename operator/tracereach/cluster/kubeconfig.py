"""Which cluster is meant, in kubectl's words; a module of its own, so that naming one needs no Kubernetes client."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kubeconfig:
    """A file and a context in it. Without either, a pod talks to its own cluster."""

    file: str | None = None
    """Without it, as for kubectl: what $KUBECONFIG names, or the user's own."""
    context: str | None = None
    """Without it, the file's current one."""


DEFAULT = Kubeconfig()
