"""A shop of four services, and what a gateway counts when a chain of requests through it breaks in one of many ways.

The signatures were measured with real agents, 20 requests each; here they are scaled to any number of requests.
"""

from collections.abc import Callable, Iterable, Mapping

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import Call, Counters, SpanGroup

SERVICES = ("storefront", "orders", "payments", "ledger")


def workload(name: str) -> WorkloadReference:
    return WorkloadReference("shop", "Deployment", name)


STOREFRONT, ORDERS, PAYMENTS, LEDGER = (workload(name) for name in SERVICES)
ADDRESSES = {f"{name}.shop": (workload(name),) for name in (*SERVICES, "proxy")}


def matched(caller: str, callee: str) -> Call:
    return Call(str(workload(caller)), str(workload(callee)))


def unanswered(caller: str, address: str) -> Call:
    return Call(str(workload(caller)), address, "server", "virtual_node")


def entered(callee: str) -> Call:
    return Call("user", str(workload(callee)), "client", "virtual_node")


def counters(calls: Mapping[Call, int], senders: Iterable[str] = SERVICES) -> Counters:
    spans = {SpanGroup(str(workload(name)), "Server", root=False): 1 for name in senders}
    return Counters(calls, spans)


def _requests(*calls: Call, senders: Iterable[str] = SERVICES) -> Callable[[int], Counters]:
    return lambda requests: counters(dict.fromkeys((entered("storefront"), *calls), requests), senders)


def _half_sampled(requests: int) -> Counters:
    carried = requests * 13 // 20
    halves = {
        matched("storefront", "orders"): requests,
        matched("orders", "payments"): carried,
        unanswered("orders", "payments"): requests - carried,
        matched("payments", "ledger"): carried,
    }
    return counters({entered("storefront"): requests} | halves)


_FIRST, _SECOND, _THIRD = (
    matched("storefront", "orders"),
    matched("orders", "payments"),
    matched("payments", "ledger"),
)

CASES: dict[str, Callable[[int], Counters]] = {
    "healthy": _requests(_FIRST, _SECOND, _THIRD),
    "i: orders is not instrumented": _requests(
        unanswered("storefront", "orders"), entered("payments"), _THIRD, senders=("storefront", "payments", "ledger")
    ),
    "ii: payments speaks b3": _requests(
        _FIRST,
        unanswered("orders", "payments"),
        entered("payments"),
        unanswered("payments", "ledger"),
        entered("ledger"),
    ),
    "ii: and orders does not say whom it calls": _requests(
        _FIRST,
        unanswered("orders", "unknown"),
        entered("payments"),
        unanswered("payments", "ledger"),
        entered("ledger"),
    ),
    "iii: payments never samples": _requests(
        _FIRST, unanswered("orders", "payments"), senders=("storefront", "orders")
    ),
    "iv: orders cannot export": _requests(
        unanswered("storefront", "orders"), _THIRD, senders=("storefront", "payments", "ledger")
    ),
    "v: orders' server side is not instrumented": _requests(unanswered("storefront", "orders"), _SECOND, _THIRD),
    "vi: orders' client side is not instrumented": _requests(_FIRST, entered("payments"), _THIRD),
    "vii: payments samples 65 % for itself": _half_sampled,
    "viii: a silent proxy drops the header": _requests(
        _FIRST, unanswered("orders", "proxy"), entered("payments"), _THIRD
    ),
}
