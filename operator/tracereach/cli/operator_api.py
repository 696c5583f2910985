"""The operator's own answers, through the API server's proxy: so whoever may use its Service may ask."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tracereach.api.coverage import CoverageReport, CoverageReports
from tracereach.cli.cluster import run
from tracereach.cli.errors import Failed
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError, NotFound, Refused, Unavailable
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.resources import SERVICES, Object

SERVICE_LABELS = "app.kubernetes.io/name=tracereach,app.kubernetes.io/component=operator"
"""By which the operator's Service is found; the chart sets them."""
_USUAL = "tracereach-operator"
"""As the Service is called in manifests/install.yaml, and with Helm where the release has the name of the chart."""


def coverage(operator_namespace: str, kubeconfig: Kubeconfig) -> CoverageReports:
    """The coverage of every policy. Raises `Failed`."""
    answer = run(_get("/api/coverage", operator_namespace, kubeconfig, "Check --operator-namespace."))
    try:
        return CoverageReports.model_validate(answer)
    except ValidationError as error:
        raise Failed("the operator's answer is of another version: use the command line of its release") from error


def trace(trace_id: str, operator_namespace: str, kubeconfig: Kubeconfig) -> Object:
    """The spans of a probe. Raises `Failed`."""
    missing = "Only recent probes are kept; --operator-namespace must be right."
    return run(_get(f"/api/traces/{trace_id}", operator_namespace, kubeconfig, missing))


def ask(path: str, question: Mapping[str, Any], operator_namespace: str, kubeconfig: Kubeconfig) -> Object:
    """What the operator answers to a question that it has to act upon. Raises `Failed` with its own words."""
    return run(_post(path, question, operator_namespace, kubeconfig))


def reports_of(
    reports: CoverageReports, *, policy: str | None = None, namespace: str | None = None
) -> list[CoverageReport]:
    """Those of the policies that are meant. Raises `Failed` where there is none."""
    found = [one for one in reports.policies if _is_meant(one.policy, policy, namespace)]
    if not reports.policies:
        raise Failed("the operator has measured no policy yet: there is none, or it has only just started")
    if not found:
        raise Failed(f"no such policy is measured; there are: {', '.join(one.policy for one in reports.policies)}")
    return found


def _is_meant(reference: str, policy: str | None, namespace: str | None) -> bool:
    _, *place, name = reference.split("/")
    return policy in {None, name, reference} and (namespace is None or not place or place == [namespace])


async def _get(path: str, namespace: str, kubeconfig: Kubeconfig, missing: str) -> Object:
    async with ApiServer.connect(kubeconfig) as api:
        service = await _service(api, namespace)
        try:
            return await api.get(f"{_proxy(namespace, service)}{path}")
        except ApiError as error:
            if failed := _failed(error, "get", namespace, service):
                raise failed from error
            if isinstance(error, NotFound):
                raise Failed(f"{error.message}. {missing}") from error
            raise


async def _post(path: str, question: Mapping[str, Any], namespace: str, kubeconfig: Kubeconfig) -> Object:
    async with ApiServer.connect(kubeconfig) as api:
        service = await _service(api, namespace)
        try:
            return await api.create(f"{_proxy(namespace, service)}{path}", dict(question))
        except ApiError as error:
            if failed := _failed(error, "create", namespace, service):
                raise failed from error
            if isinstance(error, Unavailable):
                raise
            raise Failed(_words(error.message)) from error


async def _service(api: ApiServer, namespace: str) -> str:
    """The name of the operator's Service, of which the Helm release is a part; the usual one where nothing tells."""
    try:
        found = await api.get(SERVICES.collection(namespace), labelSelector=SERVICE_LABELS)
    except (NotFound, Refused):  # who may use the proxy may still lack the right to list
        return _USUAL
    return min((item["metadata"]["name"] for item in found["items"]), default=_USUAL)


def _proxy(namespace: str, service: str) -> str:
    return f"{SERVICES.item(namespace, service)}:8080/proxy"


def _failed(error: ApiError, verb: str, namespace: str, service: str) -> Failed | None:
    """What to do where the question never came to the operator; None where it may have."""
    if error.status == 503:
        return Failed(f"{error.message}. Check that the operator runs in namespace {namespace}.")
    if error.status == 403:
        return Failed(f"{error.message}. Ask for the right to {verb} services/proxy in namespace {namespace}.")
    if isinstance(error, NotFound) and f'"{service}"' in error.message:
        return Failed(
            f"{error.message}. Namespace {namespace} has no Service of the operator:"
            " name another by --operator-namespace."
        )
    return None


def _words(message: str) -> str:
    """What the operator says, out of the JSON that it says it in."""
    try:
        return str(json.loads(message)["message"])
    except (ValueError, KeyError, TypeError):
        return message
