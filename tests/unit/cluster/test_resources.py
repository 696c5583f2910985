import pytest

from tracereach.cluster.resources import CLUSTER_POLICIES, DEPLOYMENTS, NAMESPACES, POLICIES, SERVICES, TRACED_WORKLOADS


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (DEPLOYMENTS.collection(), "/apis/apps/v1/deployments"),
        (DEPLOYMENTS.collection("shop"), "/apis/apps/v1/namespaces/shop/deployments"),
        (DEPLOYMENTS.item("shop", "orders"), "/apis/apps/v1/namespaces/shop/deployments/orders"),
        (SERVICES.collection("shop"), "/api/v1/namespaces/shop/services"),
        (NAMESPACES.item(None, "shop"), "/api/v1/namespaces/shop"),
        (POLICIES.status("shop", "shop"), "/apis/tracereach.dev/v1alpha1/namespaces/shop/tracingpolicies/shop/status"),
        (CLUSTER_POLICIES.status("", "all"), "/apis/tracereach.dev/v1alpha1/clustertracingpolicies/all/status"),
        (TRACED_WORKLOADS.collection(), "/apis/tracereach.dev/v1alpha1/tracedworkloads"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    assert path == expected


def test_a_namespace_where_there_is_none_and_none_where_there_must_be_one_are_refused() -> None:
    with pytest.raises(ValueError, match="have no namespace"):
        NAMESPACES.item("shop", "shop")
    with pytest.raises(ValueError, match="live in a namespace"):
        DEPLOYMENTS.item("", "orders")
