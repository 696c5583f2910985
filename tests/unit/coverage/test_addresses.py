"""What a caller dials, and which workload that is."""

import pytest

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import resolve, service_addresses

PAYMENTS = WorkloadReference("shop", "Deployment", "payments-v2")
ADDRESSES = dict.fromkeys(
    service_addresses(namespace="shop", name="payments", cluster_ips=("10.96.0.7", "fd00::7", "None")), (PAYMENTS,)
)


def test_a_service_is_known_by_its_name_and_its_addresses() -> None:
    assert set(ADDRESSES) == {"payments.shop", "10.96.0.7", "fd00::7"}


@pytest.mark.parametrize(
    "address",
    [
        "payments",
        "payments:8080",
        "PAYMENTS",
        "payments.shop",
        "payments.shop.svc",
        "payments.shop.svc:8080",
        "payments.shop.svc.cluster.local",
        "payments.shop.svc.cluster.local.",
        "payments.shop.svc.corp.example",
        "web-0.payments.shop.svc.cluster.local",
        "web-0.payments.shop",
        "web-0.payments",
        "10.96.0.7",
        "10.96.0.7:8080",
        "fd00::7",
        "[fd00:0::7]:8080",
    ],
)
def test_every_form_of_an_address_resolves(address: str) -> None:
    assert resolve(address, namespace="shop", addresses=ADDRESSES) == (PAYMENTS,)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "unknown",
        "payments.example.com",
        "payments.other",
        "payments.other.svc",
        "web-0.payments.other",
        "api.web-0.payments",
        "www.payments.shop",
        "10.96.0.8",
        "messaging:kafka",
        "[broken",
        "svc",
        "payments.svc",
    ],
)
def test_everything_else_is_outside(address: str) -> None:
    assert resolve(address, namespace="shop", addresses=ADDRESSES) == ()


def test_a_short_name_belongs_to_the_namespace_of_its_caller() -> None:
    assert resolve("payments", namespace="other", addresses=ADDRESSES) == ()
    assert resolve("web-0.payments", namespace="other", addresses=ADDRESSES) == ()


def test_a_broker_is_no_service_of_the_name_that_stands_before_it() -> None:
    """The gateway names brokers `messaging:` and their system: what follows a host is a port, which is a number."""
    addresses = dict.fromkeys(service_addresses(namespace="shop", name="messaging"), (PAYMENTS,))
    assert resolve("messaging:9092", namespace="shop", addresses=addresses) == (PAYMENTS,)
    assert resolve("messaging:kafka", namespace="shop", addresses=addresses) == ()
