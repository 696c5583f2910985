"""Lists as the API server sends them, in which the items need not repeat what they are."""

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import POLICY, Call


def workload(**head: Any) -> dict[str, Any]:
    metadata = {"name": "orders", "namespace": "shop", "labels": {"tracing": "enabled"}}
    return {**head, "metadata": metadata, "spec": {"template": {"spec": {"containers": [{"name": "app"}]}}}}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize("repeated", [False, True])
def test_the_workloads_of_a_list_of_their_kind_are_injected(call: Call, kind: str, *, repeated: bool) -> None:
    head = {"apiVersion": "apps/v1", "kind": kind} if repeated else {}
    text = json.dumps({"apiVersion": "apps/v1", "kind": f"{kind}List", "items": [workload(**head)]}, indent=2)
    result = call("inject", "-f", "-", "-p", POLICY, "--explain", stdin=text)
    assert result.stderr.startswith(f"shop/{kind}/orders: injected, policy TracingPolicy/shop/shop\n")
    (item,) = json.loads(result.stdout)["items"]
    assert item.keys() == workload(**head).keys()
    assert "tracereach.dev/injection" in item["spec"]["template"]["metadata"]["annotations"]
    assert call("remove", "-f", "-", stdin=result.stdout).stdout == text


def test_a_namespace_in_a_list_of_namespaces_opts_out(call: Call) -> None:
    metadata = {"name": "shop", "labels": {"tracereach.dev/inject": "false"}}
    namespaces = {"apiVersion": "v1", "kind": "NamespaceList", "items": [{"metadata": metadata}]}
    deployment = workload(apiVersion="apps/v1", kind="Deployment")
    text = f"{json.dumps(namespaces)}\n---\n{json.dumps(deployment)}\n"
    result = call("inject", "-f", "-", "-p", POLICY, "--explain", stdin=text)
    assert "  workload: left alone, OptedOut: tracereach.dev/inject says no on the namespace. " in result.stderr
    assert result.stdout == text
