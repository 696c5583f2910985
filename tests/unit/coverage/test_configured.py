"""Whom a workload calls, by what its template says."""

from time import process_time
from typing import Any

import pytest

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.configured import (
    configured_hops,
    hosts_by_key,
    hosts_from,
    named_hosts,
    referenced_config_maps,
)


def hosts(*env: tuple[str, Any], **container: Any) -> set[str]:
    entries = [{"name": name, "value": value} for name, value in env]
    return set(named_hosts({"spec": {"containers": [{"name": "app", "env": entries, **container}]}}))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("http://orders:8080/v1?x=http%3A", {"orders"}),
        ("https://user:secret@orders.shop.svc.cluster.local/", {"orders.shop.svc.cluster.local"}),
        ("jdbc:postgresql://db.shop:5432/shop", {"db.shop"}),
        ("grpc://ledger:9090", {"ledger"}),
        ("kafka-0:9092,kafka-1:9092", {"kafka-0", "kafka-1"}),
        ("http://b:8080/ http://c:8080/", {"b", "c"}),
        ("host=orders port=5432 user=me", {"orders"}),
        ("orders.shop.svc", {"orders.shop.svc"}),
        ("10.96.0.7:8080", {"10.96.0.7"}),
        ("payments:8080", {"payments"}),
        ("orders", set()),
        ("12:30", set()),
        ("a:1:2", set()),
        ("registry.example/image:1", set()),
        ("2026-01-01T10:20:30Z", set()),
        ("-Xmx64m -Dport=8080", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_addresses_in_a_value(value: str | None, found: set[str]) -> None:
    assert hosts(("SETTING", value)) == found


@pytest.mark.parametrize("name", ["ORDERS_HOST", "ORDERS_ADDR", "UPSTREAM", "orders_url", "BOOTSTRAP_SERVERS"])
def test_a_variable_that_holds_an_address_may_hold_a_bare_name(name: str) -> None:
    assert hosts((name, "orders")) == {"orders"}
    assert hosts((name, "orders, payments")) == {"orders", "payments"}


@pytest.mark.parametrize(
    "name",
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "NO_PROXY",
        "ALLOWED_HOSTS",
        "CORS_ORIGIN",
        "TRACEREACH_WORKLOAD",
        "NEXT_PUBLIC_API_URL",
        "REACT_APP_API_HOST",
        "VITE_API_URL",
    ],
)
def test_variables_that_mean_somebody_else_are_passed_over(name: str) -> None:
    assert hosts((name, "http://orders:8080")) == set()


def test_commands_and_arguments_are_read() -> None:
    assert hosts(command=["proxy", "--to=http://orders:80"], args=["payments.shop.svc:80", 7]) == {
        "orders",
        "payments.shop.svc",
    }


def test_our_own_containers_and_references_are_passed_over() -> None:
    reference = {"name": "ORDERS_URL", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}
    collector = {"name": "tracereach-collector", "env": [{"name": "X", "value": "http://backend:4317"}]}
    template = {"spec": {"initContainers": [collector], "containers": [{"name": "app", "env": [reference]}]}}
    assert named_hosts(template) == frozenset()
    assert named_hosts({"spec": None}) == frozenset()


def test_only_what_resolves_is_a_hop() -> None:
    a, b = (WorkloadReference("shop", "Deployment", name) for name in "ab")
    named = {a: frozenset({"a", "b", "example.com", "b.other"}), b: frozenset({"10.96.0.1"})}
    assert configured_hops(named, {"a.shop": (a,), "b.shop": (b,), "10.96.0.1": (a,)}) == {(a, b), (b, a)}


TAKING = {
    "spec": {
        "containers": [
            {
                "name": "app",
                "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "ORDERS_URL"}}}],
                "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "hidden"}}],
            },
            {"name": "tracereach-collector", "envFrom": [{"configMapRef": {"name": "ours"}}]},
        ],
        "volumes": [
            {"name": "a", "configMap": {"name": "mounted"}},
            {"name": "b", "projected": {"sources": [{"configMap": {"name": "projected"}}, {"secret": {"name": "s"}}]}},
            {"name": "c", "emptyDir": {}},
        ],
    }
}


def test_config_maps_that_a_pod_refers_to() -> None:
    assert referenced_config_maps(TAKING) == {
        ("one", "ORDERS_URL"), ("all", ""), ("mounted", ""), ("projected", ""),
    }  # fmt: skip


def test_the_hosts_of_a_config_map_are_those_of_the_entries_that_are_referred_to() -> None:
    one = hosts_by_key({"ORDERS_URL": "http://orders:8080", "PAYMENTS_HOST": "payments", "COLOR": "blue"})
    assert one == {"ORDERS_URL": {"orders"}, "PAYMENTS_HOST": {"payments"}}
    known = {"one": one, "all": hosts_by_key({"application.yaml": "stock:\n  url: http://stock.shop.svc/"})}
    assert hosts_from(referenced_config_maps(TAKING), known) == {"orders", "stock.shop.svc"}
    assert hosts_from([("nowhere", "")], known) == frozenset()


@pytest.mark.parametrize("value", ["a" * 100_000, "a." * 50_000, "lorem ipsum " * 15_000, "host=" * 20_000])
def test_a_value_of_any_size_is_read_in_passing(value: str) -> None:
    begun = process_time()
    assert "orders" in hosts_by_key({"settings": f"{value} http://orders:8080/"})["settings"]
    assert process_time() - begun < 0.5


def test_a_table_in_a_variable_of_addresses_is_read_in_passing() -> None:
    begun = process_time()
    assert hosts_by_key({"hosts": "  ".join(["orders"] * 25) + " (old)"}) == {}
    assert process_time() - begun < 0.5
