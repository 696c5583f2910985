import logging
from typing import Any

import pytest

from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import (
    EndpointSliceRecord,
    NamespaceRecord,
    NodeRecord,
    ServicePort,
    ServiceRecord,
    endpoint_slice_record,
    namespace_record,
    node_record,
    service_record,
    traced_workload_record,
    workload_record,
)

DEPLOYMENT: dict[str, Any] = {
    "metadata": {
        "name": "orders",
        "namespace": "shop",
        "uid": "u-1",
        "resourceVersion": "42",
        "generation": 7,
        "labels": {"tracing": "enabled"},
        "managedFields": [
            {"manager": "argocd", "operation": "Apply"},
            {"manager": "kubectl", "operation": "Apply"},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status"},
            {"manager": "kubectl", "operation": "Apply", "subresource": "scale"},
        ],
    },
    "spec": {
        "replicas": 2,
        "template": {"metadata": {"labels": {"z": "1", "a": "ü"}}, "spec": {"containers": [{"name": "app"}]}},
    },
    "status": {
        "observedGeneration": 7,
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
    },
}


def test_a_workload_keeps_what_decisions_need() -> None:
    workload = workload_record(DEPLOYMENT, "Deployment")
    assert workload.reference == WorkloadReference("shop", "Deployment", "orders")
    assert (workload.uid, workload.resource_version, workload.labels) == ("u-1", "42", {"tracing": "enabled"})
    assert (workload.generation, workload.observed_generation) == (7, 7)
    assert workload.apply_managers == ("argocd", "kubectl")
    assert workload.rolled_out
    assert (workload.paused, workload.on_delete, workload.deadline_exceeded) == (False, False, False)


def test_the_template_keeps_the_order_of_the_server() -> None:
    workload = workload_record(DEPLOYMENT, "Deployment")
    assert workload.template.startswith(b'{"metadata":{"labels":{"z":"1","a":"')
    assert workload.pod_template == DEPLOYMENT["spec"]["template"]


def test_a_workload_that_no_controller_has_seen_yet_is_not_rolled_out() -> None:
    fresh = {"metadata": DEPLOYMENT["metadata"], "spec": DEPLOYMENT["spec"]}
    assert not workload_record(fresh, "Deployment").rolled_out


def test_paused_given_up_and_replaced_on_deletion_only() -> None:
    failed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    deployment = DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"paused": True}}
    deployment |= {"status": DEPLOYMENT["status"] | {"conditions": [failed]}}
    assert workload_record(deployment, "Deployment").paused
    assert workload_record(deployment, "Deployment").deadline_exceeded
    stateful_set = DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"updateStrategy": {"type": "OnDelete"}}}
    assert workload_record(stateful_set, "StatefulSet").on_delete
    assert workload_record(stateful_set, "DaemonSet").on_delete


def test_a_deployment_has_not_given_up_on_a_template_that_its_controller_has_yet_to_see() -> None:
    failed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    metadata = DEPLOYMENT["metadata"] | {"generation": 3}
    status = {"conditions": [failed], "observedGeneration": 2}
    assert not workload_record(DEPLOYMENT | {"metadata": metadata, "status": status}, "Deployment").deadline_exceeded


def test_an_opt_out_of_the_pod_template_is_seen() -> None:
    template = DEPLOYMENT["spec"]["template"]
    told = template | {"metadata": {"annotations": {"tracereach.dev/inject": "false"}}}
    assert workload_record(DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"template": told}}, "Deployment").pods_opt_out
    assert not workload_record(DEPLOYMENT, "Deployment").pods_opt_out


def test_a_downtime_is_foreseen() -> None:
    recreated = DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"strategy": {"type": "Recreate"}}}
    assert "Recreate" in workload_record(recreated, "Deployment").downtime
    assert workload_record(DEPLOYMENT, "Deployment").downtime == ""


def test_a_namespace_that_is_going() -> None:
    namespace = {"metadata": {"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert namespace_record(namespace) == NamespaceRecord("shop", {}, terminating=True)


def test_a_node() -> None:
    info = {
        "containerRuntimeVersion": "containerd://2.3.7",
        "kubeletVersion": "v1.36.2",
        "operatingSystem": "linux",
    }
    node = {"metadata": {"name": "node-1"}, "spec": {"unschedulable": True}, "status": {"nodeInfo": info}}
    expected = NodeRecord("node-1", "containerd://2.3.7", "v1.36.2", "linux", unschedulable=True)
    assert node_record(node) == expected


def test_services_with_a_selector_and_without_anything() -> None:
    spec = {"selector": {"app": "orders"}, "clusterIPs": ["10.96.0.7", "fd00::7"]}
    expected = ServiceRecord("shop", "orders", {"app": "orders"}, ("10.96.0.7", "fd00::7"))
    assert service_record({"metadata": {"name": "orders", "namespace": "shop"}, "spec": spec}) == expected
    external = {"metadata": {"name": "bank", "namespace": "shop"}, "spec": {"type": "ExternalName"}}
    assert service_record(external) == ServiceRecord("shop", "bank", {})


@pytest.mark.parametrize(
    ("port", "grpc"),
    [
        ({}, None),
        ({"name": "http"}, None),
        ({"name": "grpc"}, True),
        ({"name": "grpc-api"}, True),
        ({"name": "grpc-web"}, None),
        ({"name": "grpcs"}, None),
        ({"appProtocol": "grpc"}, True),
        ({"appProtocol": "kubernetes.io/h2c", "name": "http"}, True),
        ({"appProtocol": "http", "name": "grpc"}, False),
    ],
)
def test_a_port_may_tell_that_it_speaks_grpc(port: dict[str, Any], *, grpc: bool | None) -> None:
    service = {"metadata": {"name": "orders", "namespace": "shop"}, "spec": {"ports": [{"port": 80, **port}]}}
    assert service_record(service).ports == (ServicePort(80, 80, grpc),)


TRACED: dict[str, Any] = {
    "metadata": {"name": "deployment-orders", "namespace": "shop", "resourceVersion": "5"},
    "spec": {"kind": "Deployment", "name": "orders", "uid": "u-1", "policy": "TracingPolicy/shop/shop"},
}


def test_a_traced_workload_before_and_after_its_first_report() -> None:
    fresh = traced_workload_record(TRACED)
    assert fresh is not None
    assert fresh.status is None
    assert fresh.workload == WorkloadReference("shop", "Deployment", "orders")
    reported = traced_workload_record(TRACED | {"status": {"state": "Healthy", "reason": "Injected", "latched": "r1"}})
    assert reported is not None
    assert reported.status is not None
    assert (reported.status.state, reported.status.reason, reported.status.latched) == (
        State.HEALTHY,
        Reason.INJECTED,
        "r1",
    )


@pytest.mark.parametrize("time", ["soon", "", "2026-01-02T12:00:00", "2026-13-02T12:00:00Z"])
def test_a_time_that_nobody_can_read_is_not_known_and_nothing_else_is_forgotten(time: str) -> None:
    times = dict.fromkeys(("attemptedAt", "completeSince", "evictedAfter", "healthySince", "missedSince"), time)
    edited = traced_workload_record(
        TRACED | {"status": {"state": "RolledBack", "reason": "Crashed", "latched": "r1"} | times}
    )
    assert edited is not None
    assert edited.status == TracedWorkloadStatus(state=State.ROLLED_BACK, reason=Reason.CRASHED, latched="r1")


def test_a_traced_workload_of_a_foreign_make_is_named_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert traced_workload_record(TRACED | {"spec": {"kind": "Deployment"}}) is None
    assert "shop/deployment-orders" in caplog.text


def test_of_a_namespace_is_kept_what_asks_for_another_tracing_system() -> None:
    annotations = {"instrumentation.opentelemetry.io/inject-java": "true", "team": "shop"}
    metadata = {"name": "shop", "labels": {"odigos-instrumentation": "enabled"}, "annotations": annotations}
    assert namespace_record({"metadata": metadata}).marks == {
        "instrumentation.opentelemetry.io/inject-java": "true",
        "odigos-instrumentation": "enabled",
    }


def test_an_endpoint_that_somebody_wrote_by_hand_need_not_name_its_pod() -> None:
    metadata = {"namespace": "shop", "name": "orders-1", "labels": {"kubernetes.io/service-name": "orders"}}
    targets = [{"kind": "Pod"}, {"kind": "Node", "name": "node-1"}, None, {"kind": "Pod", "name": "orders-abc"}]
    endpoints = [{"addresses": [f"10.0.0.{number}"], "targetRef": one} for number, one in enumerate(targets)]
    found = endpoint_slice_record({"metadata": metadata, "endpoints": endpoints})
    assert found == EndpointSliceRecord("shop", "orders", (("10.0.0.3", "orders-abc"),))


def test_a_field_manager_need_not_have_a_name() -> None:
    metadata = DEPLOYMENT["metadata"] | {"managedFields": [{"operation": "Apply"}]}
    assert workload_record(DEPLOYMENT | {"metadata": metadata}, "Deployment").apply_managers == ("",)
