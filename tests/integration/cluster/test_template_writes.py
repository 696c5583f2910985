import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.cluster.conftest import Kubectl
from tests.integration.cluster.deployments import deployment
from tracereach.api import names
from tracereach.cluster.client import MERGE_PATCH, ApiServer
from tracereach.cluster.errors import Conflict
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.projections import workload_record
from tracereach.cluster.resources import DEPLOYMENTS
from tracereach.cluster.template_writes import write_template

OURS = {"name": "OTEL_PROPAGATORS", "value": "tracecontext,baggage"}


def _injected(template: dict[str, Any]) -> dict[str, Any]:
    after = copy.deepcopy(template)
    after["metadata"].setdefault("annotations", {})[names.RECORD_ANNOTATION] = "{}"
    after["spec"]["containers"][0].setdefault("env", []).append(OURS)
    return after


async def _write(api: ApiServer, path: str, template: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Write, and read again on a conflict: the Deployment controller writes in between."""
    for _ in range(20):
        before = workload_record(await api.get(path), "Deployment")
        try:
            written = await write_template(api, Limiter(), before=before, after=template(before.pod_template))
        except Conflict:
            continue
        assert written is not None
        return written
    pytest.fail(f"{path} never stood still")


def _managers(obj: dict[str, Any]) -> set[str]:
    return {entry["manager"] for entry in obj["metadata"]["managedFields"]}


async def test_a_template_is_written_in_one_generation_and_put_back_exactly(api: ApiServer, namespace: str) -> None:
    created = await api.create(DEPLOYMENTS.collection(namespace), deployment("orders", environment={"A": "1"}))
    path, before = DEPLOYMENTS.item(namespace, "orders"), workload_record(created, "Deployment")
    written = await _write(api, path, _injected)
    assert written["metadata"]["generation"] == created["metadata"]["generation"] + 1
    assert OURS in written["spec"]["template"]["spec"]["containers"][0]["env"]
    assert names.FIELD_MANAGER in _managers(written)
    restored = await _write(api, path, lambda _: before.pod_template)
    assert workload_record(restored, "Deployment").template == before.template


async def test_a_template_that_somebody_changed_meanwhile_is_left_alone(api: ApiServer, namespace: str) -> None:
    await api.create(DEPLOYMENTS.collection(namespace), deployment("orders"))
    path = DEPLOYMENTS.item(namespace, "orders")
    before = workload_record(await api.get(path), "Deployment")
    theirs = await api.patch(path, {"metadata": {"labels": {"theirs": "1"}}}, MERGE_PATCH)
    with pytest.raises(Conflict):
        await write_template(api, Limiter(), before=before, after=_injected(before.pod_template))
    assert (await api.get(path))["spec"] == theirs["spec"]


async def test_a_user_of_server_side_apply_may_later_set_what_we_added(
    api: ApiServer, namespace: str, kubectl: Kubectl
) -> None:
    def apply(environment: dict[str, str]) -> None:
        manifest = json.dumps(deployment("orders", environment=environment))
        kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=manifest)

    path = DEPLOYMENTS.item(namespace, "orders")
    apply({"A": "1"})
    before = workload_record(await api.get(path), "Deployment")
    assert before.apply_managers == ("kubectl",)
    written = await _write(api, path, _injected)
    assert names.FIELD_MANAGER not in _managers(written)
    generation = written["metadata"]["generation"]

    apply({"A": "1"})
    unchanged = await api.get(path)
    assert unchanged["metadata"]["generation"] == generation
    assert OURS in unchanged["spec"]["template"]["spec"]["containers"][0]["env"]

    apply({"A": "1", "OTEL_PROPAGATORS": "b3"})
    (container,) = (await api.get(path))["spec"]["template"]["spec"]["containers"]
    assert {"name": "OTEL_PROPAGATORS", "value": "b3"} in container["env"]
    assert OURS not in container["env"]
