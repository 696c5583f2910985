"""Which workload answers at which Service."""

import pytest

from tests.unit.controller.shop import policies, snapshot, workload
from tracereach.api.workload import Workload
from tracereach.cluster.projections import ServiceRecord
from tracereach.controller.address_book import address_book

ORDERS = workload("orders", pod_labels={"app": "orders", "tier": "backend"})
PAYMENTS = workload("payments", pod_labels={"app": "payments", "tier": "backend"})
ELSEWHERE = workload("orders", namespace="store", pod_labels={"app": "orders"})


def service(name: str, selector: dict[str, str], *cluster_ips: str) -> ServiceRecord:
    return ServiceRecord("shop", name, selector, cluster_ips)


def book(*services: ServiceRecord, workloads: tuple[Workload, ...] = (ORDERS, PAYMENTS, ELSEWHERE)) -> dict[str, str]:
    seen = snapshot(policies(), *workloads, services=services)
    return {address: str(reference) for address, reference in address_book(seen).addresses.items()}


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
