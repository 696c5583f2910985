import json
from dataclasses import replace
from typing import Any

import jsonpatch
import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cluster.errors import ApiError, Conflict
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.resources import Object
from tracereach.cluster.template_writes import template_patch, write_template

PATH = "/apis/apps/v1/namespaces/shop/deployments/orders"
BEFORE: dict[str, Any] = {"spec": {"containers": [{"name": "app", "env": [{"name": "A", "value": "1"}]}]}}
AFTER: dict[str, Any] = {
    "metadata": {"annotations": {"tracereach.dev/injection": "{}"}},
    "spec": {"containers": [{"name": "app", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]},
}
WORKLOAD = Workload(
    reference=WorkloadReference("shop", "Deployment", "orders"),
    uid="u-1",
    resource_version="42",
    labels={},
    template=json.dumps(BEFORE).encode(),
    replicas=Replicas(1, 1, 1, 1, 1),
)
CONFLICT = Conflict(status=409, reason="Conflict", message="changed", path=PATH)


def _object(version: str, *managers: str) -> dict[str, Any]:
    entries = [{"manager": manager, "operation": "Update"} for manager in managers]
    return {"metadata": {"name": "orders", "resourceVersion": version, "managedFields": entries}}


@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (AFTER, BEFORE), ({}, AFTER), (AFTER, {"spec": {}})])
def test_the_patch_makes_the_template_and_touches_nothing_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    workload = {"metadata": {"annotations": {"a": "b"}}, "spec": {"replicas": 3, "template": before}}
    expected = {"metadata": {"annotations": {"a": "b"}}, "spec": {"replicas": 3, "template": after}}
    assert jsonpatch.apply_patch(workload, template_patch(before, after)) == expected


def test_what_moves_within_the_template_stays_within_it() -> None:
    operations = template_patch({"a": {"long": ["value"] * 9}}, {"b": {"long": ["value"] * 9}})
    assert operations == [{"op": "move", "from": "/spec/template/a", "path": "/spec/template/b"}]


async def test_nothing_to_change_is_no_request() -> None:
    api = RecordingApi()
    assert await write_template(api, Limiter(), before=WORKLOAD, after=BEFORE) is None
    assert api.requests == []


async def test_one_patch_that_tests_the_version_first() -> None:
    written = _object("43", "tracereach")
    api = RecordingApi(written)
    assert await write_template(api, Limiter(), before=WORKLOAD, after=AFTER) == written
    (request,) = api.requests
    assert (request.method, request.path, request.content_type) == ("PATCH", PATH, "application/json-patch+json")
    assert request.body[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "42"}
    assert {operation["path"] for operation in request.body[1:]} == {
        "/spec/template/metadata",
        "/spec/template/spec/containers/0/env/1",
    }


async def test_a_workload_that_changed_meanwhile_is_the_callers_business() -> None:
    with pytest.raises(Conflict):
        await write_template(RecordingApi(CONFLICT), Limiter(), before=WORKLOAD, after=AFTER)


async def test_with_server_side_apply_our_name_goes_and_a_write_in_between_only_costs_another_try() -> None:
    newest = _object("46", "argocd")
    api = RecordingApi(
        _object("43", "argocd", "tracereach"), CONFLICT, _object("45", "argocd", "kubelet", "tracereach"), newest
    )
    applied = replace(WORKLOAD, apply_managers=("argocd",))
    assert await write_template(api, Limiter(), before=applied, after=AFTER) == newest
    assert [request.method for request in api.requests] == ["PATCH", "PATCH", "GET", "PATCH"]
    test, disowning = api.requests[-1].body
    assert test == {"op": "test", "path": "/metadata/resourceVersion", "value": "45"}
    assert disowning["path"] == "/metadata/managedFields"
    assert [entry["manager"] for entry in disowning["value"]] == ["argocd", "kubelet"]


async def test_where_others_never_stop_writing_disowning_is_given_up() -> None:
    ours = _object("43", "argocd", "tracereach")
    conflicts: list[Object | ApiError] = [CONFLICT, ours] * 5
    api = RecordingApi(ours, *conflicts)
    applied = replace(WORKLOAD, apply_managers=("argocd",))
    assert await write_template(api, Limiter(), before=applied, after=AFTER) == ours
    assert len(api.requests) == 11
