"""Which workload answers at which Service."""

from dataclasses import replace

import pytest

from tests.unit.controller.shop import policies, snapshot, workload
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cluster.projections import EndpointSliceRecord, ServiceRecord
from tracereach.controller.address_book import address_book

ORDERS = workload("orders", pod_labels={"app": "orders", "tier": "backend"})
PAYMENTS = workload("payments", pod_labels={"app": "payments", "tier": "backend"})
ELSEWHERE = workload("orders", namespace="store", pod_labels={"app": "orders"})


def service(name: str, selector: dict[str, str], *cluster_ips: str) -> ServiceRecord:
    return ServiceRecord("shop", name, selector, cluster_ips)


def book(
    *services: ServiceRecord,
    workloads: tuple[Workload, ...] = (ORDERS, PAYMENTS, ELSEWHERE),
    slices: tuple[EndpointSliceRecord, ...] = (),
) -> dict[str, str]:
    seen = replace(snapshot(policies(), *workloads, services=services), endpoint_slices=slices)
    return {address: " ".join(map(str, behind)) for address, behind in address_book(seen).addresses.items()}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            service("api", {"app": "orders"}, "10.96.0.7", "fd00::7"),
            dict.fromkeys(("api.shop", "10.96.0.7", "fd00::7"), "shop/Deployment/orders"),
        ),
        (
            service("pay", {"tier": "backend", "app": "payments"}, "10.96.0.8"),
            dict.fromkeys(("pay.shop", "10.96.0.8"), "shop/Deployment/payments"),
        ),
        (service("headless", {"app": "orders"}, "None"), {"headless.shop": "shop/Deployment/orders"}),
        (service("external", {}, "10.96.0.9"), {}),
        (service("nobody", {"app": "ledger"}), {}),
        (service("half", {"app": "orders", "tier": "frontend"}), {}),
    ],
    ids=lambda value: value.name if isinstance(value, ServiceRecord) else "",
)
def test_a_service_leads_to_the_workload_whose_pods_it_selects(one: ServiceRecord, expected: dict[str, str]) -> None:
    assert book(one) == expected


def test_a_service_never_leads_into_another_namespace() -> None:
    assert book(service("api", {"app": "orders"}), workloads=(ELSEWHERE,)) == {}


def test_several_services_may_lead_to_one_workload() -> None:
    assert book(service("a", {"app": "orders"}), service("b", {"app": "orders"})) == {
        "a.shop": "shop/Deployment/orders",
        "b.shop": "shop/Deployment/orders",
    }


BLUE = workload("pay-blue", pod_labels={"app": "pay", "color": "blue"})
GREEN = workload("pay-green", pod_labels={"app": "pay", "color": "green"})
PAY = service("pay", {"app": "pay"}, "10.96.0.8")


def test_a_service_may_lead_to_blue_and_green_and_to_neither_that_has_no_pods() -> None:
    both = "shop/Deployment/pay-blue shop/Deployment/pay-green"
    assert book(PAY, workloads=(GREEN, BLUE))["pay.shop"] == both
    resting = replace(BLUE, replicas=Replicas(0, 0, 0, 0, 0))
    assert book(PAY, workloads=(GREEN, resting))["pay.shop"] == "shop/Deployment/pay-green"


def test_a_pod_is_known_by_its_address() -> None:
    pods = (("10.244.0.5", "pay-green-6d4f8-x2x"), ("10.244.0.6", "pay-blue-5c9b7-abc"), ("10.244.0.7", "other-1"))
    found = book(PAY, workloads=(GREEN, BLUE), slices=(EndpointSliceRecord("shop", "pay", pods),))
    assert found["10.244.0.5"] == "shop/Deployment/pay-green"
    assert found["10.244.0.6"] == "shop/Deployment/pay-blue"
    assert "10.244.0.7" not in found


def test_a_pod_belongs_to_the_longest_name_of_whatever_kind() -> None:
    web = workload("pay", pod_labels={"app": "pay"})
    stateful = replace(web, reference=WorkloadReference("shop", "StatefulSet", "pay"))
    canary = workload("pay-canary", pod_labels={"app": "pay"})
    pods = (("10.244.0.5", "pay-canary-6d4f8-x2x"), ("10.244.0.6", "pay-0"))
    found = book(PAY, workloads=(stateful, canary), slices=(EndpointSliceRecord("shop", "pay", pods),))
    assert found["10.244.0.5"] == "shop/Deployment/pay-canary"
    assert found["10.244.0.6"] == "shop/StatefulSet/pay"


def test_an_address_of_several_pods_is_their_nodes_and_leads_to_none() -> None:
    """Pods with `hostNetwork` have the address of their node, where others answer too."""
    shared, own = "192.168.0.2", "10.244.0.5"
    slices = (
        EndpointSliceRecord("shop", "api", ((shared, "orders-6d4f8-x2x"), (own, "orders-6d4f8-abc"))),
        EndpointSliceRecord("shop", "metrics", ((own, "orders-6d4f8-abc"),)),
        EndpointSliceRecord("shop", "pay", ((shared, "payments-5c9b7-abc"),)),
    )
    orders, metrics = service("api", {"app": "orders"}), service("metrics", {"app": "orders"})
    found = book(orders, metrics, service("pay", {"app": "payments"}), slices=slices)
    assert found[own] == "shop/Deployment/orders"
    assert shared not in found


def test_the_pod_of_a_single_workload_is_its_whatever_it_is_called() -> None:
    slices = (EndpointSliceRecord("shop", "api", (("10.244.0.5", "anything"),)),)
    assert book(service("api", {"app": "orders"}), slices=slices)["10.244.0.5"] == "shop/Deployment/orders"


def test_a_name_for_another_service_leads_where_that_one_does() -> None:
    name = replace(service("billing", {}), external_name="api.shop.svc.cluster.local")
    outside = replace(service("bank", {}), external_name="api.bank.example")
    found = book(name, outside, service("api", {"app": "orders"}))
    assert found["billing.shop"] == "shop/Deployment/orders"
    assert "bank.shop" not in found


def test_no_address_leads_to_a_database() -> None:
    seen = snapshot(policies(), ORDERS, services=(service("api", {"app": "orders"}),))
    assert address_book(seen, {ORDERS.reference}).addresses == {}
