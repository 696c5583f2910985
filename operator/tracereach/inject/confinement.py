"""What every injected container has in common: it satisfies PodSecurity `restricted`, and sees no token.

The pod's own service account is the application's; a container of ours must not be a way to its token, so an empty
volume is mounted where the token would be.
"""

from typing import Any

from tracereach.api import names
from tracereach.api.catalogue import Resources

USER = 65532
"""Set on each container, because the pod's level may say root."""

NO_TOKEN_VOLUME = f"{names.PREFIX}no-token"
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path


def confinement() -> dict[str, Any]:
    """The security context of an injected container."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsGroup": USER,
        "runAsNonRoot": True,
        "runAsUser": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def no_token_mount() -> dict[str, Any]:
    """Hides the service account's token."""
    return {"name": NO_TOKEN_VOLUME, "mountPath": _TOKEN_PATH, "readOnly": True}


def no_token_volume() -> dict[str, Any]:
    """The volume of `no_token_mount`."""
    return {"name": NO_TOKEN_VOLUME, "emptyDir": {"sizeLimit": "1Mi"}}


def resources(wanted: Resources, *, guaranteed: bool, shared: bool = False) -> dict[str, Any]:
    """Requests and limits; equal in a Guaranteed pod, which would else lose its class.

    None in a pod whose containers share those of the pod (`shared`): whatever ours asked for might not fit in.
    """
    if shared:
        return {}
    limits = {"cpu": wanted.cpu_limit, "memory": wanted.memory_limit}
    requests = {"cpu": wanted.cpu_request, "memory": wanted.memory_request}
    return {"limits": limits, "requests": dict(limits) if guaranteed else requests}
