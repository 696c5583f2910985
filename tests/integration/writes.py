"""What the operator wrote, from the API server's own account."""

import json
import os
from pathlib import Path

from tests.integration.namespace import Namespace
from tracereach.api import names


def writes_to(namespace: Namespace, deployment: str) -> int:
    """How often the operator has written a Deployment, by the audit log.

    Where the cluster keeps none, as with kind, by its generation: only a write of the template raises it.
    """
    log = Path(os.environ["KUBECONFIG"]).with_name("audit.log")
    if not log.exists():
        return namespace.generation(deployment) - 1
    path = f"/apis/apps/v1/namespaces/{namespace.name}/deployments/{deployment}?"
    with log.open() as lines:
        entries = [json.loads(line) for line in lines if path in line]
    return sum(
        entry["userAgent"] == names.FIELD_MANAGER
        and entry["verb"] in {"patch", "update"}
        and entry["responseStatus"]["code"] < 300
        for entry in entries
    )
