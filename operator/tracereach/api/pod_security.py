"""The PodSecurity level that the pods of a namespace have to meet."""

from collections.abc import Mapping

_ENFORCED = "pod-security.kubernetes.io/enforce"


def admits_privileged(labels: Mapping[str, str]) -> bool:
    """Whether a namespace with these labels lets containers be privileged; without a level it does."""
    return labels.get(_ENFORCED, "privileged") == "privileged"
