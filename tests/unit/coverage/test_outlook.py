"""What is expected of hops before a request has shown anything, and the coverage that follows for a policy."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.unit.coverage.shop import ADDRESSES, LEDGER, ORDERS, PAYMENTS, STOREFRONT, workload
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.causes import Cause
from tracereach.api.policy import PolicySpec
from tracereach.api.reasons import EXPLANATIONS, Reason
from tracereach.api.tracing import Route, Tracing
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.outlook import Expectation, ExpectedHop, Outlook
from tracereach.coverage.prediction import Prediction, predict
from tracereach.coverage.rules import BY_TEMPLATES, RULES
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service
from tracereach.coverage.survey import Surveyed, policy_facts

W3C = ("tracecontext", "baggage")
CHAIN = frozenset({(STOREFRONT, ORDERS), (ORDERS, PAYMENTS), (PAYMENTS, LEDGER)})
REFERENCE = PolicyReference("TracingPolicy", "shop", "shop")


def service(reference: WorkloadReference, *own: str, injected: bool = True, **settings: object) -> Service:
    """A service that has the injection, unless `injected` says otherwise; `own` are variables of its user's."""
    tracing = replace(Tracing(W3C, "parentbased_always_on"), own=frozenset(own), **settings)  # type: ignore[arg-type]
    return Service(
        reference, str(REFERENCE), reason=Reason.INJECTED, injected=injected, rolled_out=injected, tracing=tracing
    )


def surveyed(*changed: Service, expected: Iterable[Hop] = CHAIN, **coverage: object) -> Surveyed:
    """A chain of four, all injected but for what has changed, with a policy that asks for `coverage`."""
    whole = {one: service(one) for one in (STOREFRONT, ORDERS, PAYMENTS, LEDGER)}
    spec = PolicySpec.model_validate(
        {
            "selector": {"matchLabels": {"a": "b"}},
            "export": {"endpoint": "http://backend:4317"},
            "coverage": {"entrypoints": ["storefront"], **coverage},
        }
    )
    services = whole | {one.reference: one for one in changed}
    return Surveyed(services, ADDRESSES, frozenset(expected), policies=(Policy(REFERENCE, spec),))


def hops(known: Surveyed) -> dict[tuple[str, str], ExpectedHop]:
    return {(hop.caller.name, hop.callee.name): hop for hop in Outlook(known).hops}


def prediction(known: Surveyed) -> Prediction:
    (policy,) = known.policies
    ours = frozenset(one.reference for one in known.services.values() if one.policy)
    return predict(policy_facts(policy, ours, known), Outlook(known))


OFF = replace(service(ORDERS, injected=False), reason=Reason.SDK_DISABLED)
UNSELECTED = replace(service(ORDERS, injected=False), policy="", reason=None)
OTHER_AGENT = replace(OFF, reason=Reason.OTHER_AGENT)
B3 = service(ORDERS, "OTEL_PROPAGATORS", propagators=("b3",))
PROXY = replace(B3, injected=False, rolled_out=False)
NEVER = service(ORDERS, "OTEL_TRACES_SAMPLER", sampler="always_off")
BY_POLICY = service(ORDERS, sampler="traceidratio", ratio=0.5)
SILENT = service(ORDERS, "OTEL_TRACES_EXPORTER", route=Route.NOWHERE)


@pytest.mark.parametrize(
    ("orders", "cause", "confidence", "evidence"),
    [
        (OFF, Cause.NOT_INSTRUMENTED, "High", f"SdkDisabled: {EXPLANATIONS[Reason.SDK_DISABLED].meaning}"),
        (OTHER_AGENT, Cause.NOT_INSTRUMENTED, "Medium", f"OtherAgent: {EXPLANATIONS[Reason.OTHER_AGENT].meaning}"),
        (UNSELECTED, Cause.NOT_INSTRUMENTED, "Medium", "no policy selects it"),
        (B3, Cause.PROPAGATOR_MISMATCH, "High", "tracecontext,baggage by its caller, b3 by the callee, and no header"),
        (PROXY, Cause.PROPAGATOR_MISMATCH, "High", "tracecontext,baggage by its caller, b3 by the callee, and no"),
        (NEVER, Cause.SAMPLER_DROPS, "High", "its own sampler is always_off"),
        (BY_POLICY, Cause.SAMPLER_DROPS, "High", "the policy's sampler is traceidratio"),
        (SILENT, Cause.SPANS_NOT_EXPORTED, "High", "it sets OTEL_TRACES_EXPORTER to something that exports nothing"),
    ],
    ids=["off", "other agent", "unselected", "b3", "proxy", "never", "by ratio", "no exporter"],
)
def test_templates_tell_of_breaks_without_any_count(
    orders: Service, cause: Cause, confidence: str, evidence: str
) -> None:
    hop = hops(surveyed(orders))["storefront", "orders"]
    assert hop.expectation is Expectation.LOST
    assert hop.as_break is not None
    told = hop.as_break.status()
    assert (told.cause, told.confidence, told.at, told.predicted) == (cause, confidence, str(ORDERS), True)
    assert told.message.startswith(evidence)
    assert "calls" not in told.message
    assert told.remedy


def test_the_rules_are_those_of_counted_hops_in_their_order() -> None:
    assert tuple(rule for rule in RULES if rule in BY_TEMPLATES) == BY_TEMPLATES


def test_a_chain_that_is_configured_throughout_carries_context_to_its_end() -> None:
    whole = prediction(surveyed())
    assert {hop.expectation for hop in whole.hops} == {Expectation.CARRIED}
    assert (whole.configured.count, whole.configured.total, whole.configured.ratio) == (4, 4, "1")
    assert (whole.configured_hops.count, whole.configured_hops.total) == (3, 3)
    assert (whole.reach, whole.breaks, whole.message) == ("1", (), "")


def test_behind_a_service_without_injection_nothing_is_reached_and_no_second_break_is_laid_to_it() -> None:
    found = prediction(surveyed(UNSELECTED))
    assert [(one.caller, one.callee) for one in found.breaks] == [(STOREFRONT, ORDERS)]
    assert {hop.callee.name: hop.expectation for hop in found.hops} == {
        "orders": Expectation.LOST,
        "payments": Expectation.UNTRACED,
        "ledger": Expectation.CARRIED,
    }
    assert (found.configured.count, found.configured.total, found.configured_hops.count) == (3, 3, 1)
    assert found.reach == "0.25"


def test_a_mismatch_breaks_both_hops_of_the_service_that_differs() -> None:
    found = prediction(surveyed(B3))
    assert [(one.caller.name, one.callee.name, one.diagnosis.at) for one in found.breaks] == [
        ("orders", "payments", ORDERS),
        ("storefront", "orders", ORDERS),
    ]


def test_into_and_out_of_an_endpoint_of_its_own_nobody_can_see() -> None:
    found = prediction(surveyed(service(ORDERS, route=Route.ELSEWHERE)))
    assert found.breaks == ()
    assert {hop.callee.name: hop.expectation for hop in found.hops} == {
        "orders": Expectation.UNKNOWN,
        "payments": Expectation.UNKNOWN,
        "ledger": Expectation.CARRIED,
    }
    assert all(hop.unknown.startswith(f"{ORDERS}: ExportsElsewhere: ") for hop in found.hops if hop.unknown)
    assert (found.reach, found.message) == (None, "Nothing can be said of 1 hop on the way from the entries.")


def test_propagators_that_a_reference_hides_are_not_known() -> None:
    hop = hops(surveyed(service(ORDERS, propagators=None)))["storefront", "orders"]
    assert (hop.expectation, hop.diagnosis) == (Expectation.UNKNOWN, None)
    assert "OTEL_PROPAGATORS" in hop.unknown


def test_the_spans_of_a_service_without_exporter_show_nothing_of_its_calls() -> None:
    found = hops(surveyed(SILENT))
    assert found["orders", "payments"].expectation is Expectation.UNTRACED
    entry = prediction(surveyed(service(STOREFRONT, "OTEL_TRACES_EXPORTER", route=Route.NOWHERE)))
    assert (entry.reach, entry.message) == (None, "No spans are expected from the entries storefront.")


def test_before_anything_is_injected_reach_is_unknown_and_not_zero() -> None:
    bare = [service(one, injected=False) for one in (STOREFRONT, ORDERS, PAYMENTS, LEDGER)]
    found = prediction(surveyed(*bare))
    assert (found.configured.count, found.configured.ratio, found.configured_hops.count) == (0, "0", 0)
    assert (found.reach, found.breaks) == (None, ())
    assert found.message == "No spans are expected from the entries storefront."


def test_declared_hops_count_boundaries_do_not_and_proxies_have_to_be_tried() -> None:
    proxy = workload("proxy")
    edges = [
        {"caller": "ledger", "callee": "storefront"},
        {"caller": "storefront", "callee": "proxy", "kind": "PassThrough"},
        {"caller": "orders", "callee": "payments", "kind": "Boundary"},
        {"caller": "nobody", "callee": "orders"},
    ]
    known = surveyed(replace(UNSELECTED, reference=proxy), declaredEdges=edges)
    found = hops(known)
    assert found["ledger", "storefront"].evidence == ("Declared",)
    assert found["storefront", "orders"].evidence == ("Configured",)
    assert ("orders", "payments") not in found
    assert found["storefront", "proxy"].expectation is Expectation.UNKNOWN
    assert "declared to hand headers on" in found["storefront", "proxy"].unknown
    assert prediction(known).message.startswith("No workload answers to nobody in spec.coverage.declaredEdges.")


def test_a_policy_without_entries_is_told_so() -> None:
    known = surveyed(entrypoints=[])
    assert prediction(known).reach is None
    assert prediction(known).message == "Reach is unknown: name the entry services in spec.coverage.entrypoints."
    assert prediction(surveyed(entrypoints=["nobody"])).message.startswith("No workload answers to the entry points")


def test_an_entry_that_nothing_is_said_to_call_from_is_no_reach() -> None:
    found = prediction(surveyed(expected=CHAIN - {(STOREFRONT, ORDERS)}))
    assert (found.reach, found.message) == (None, "Nothing says whom the entries storefront call.")
    boundary = [{"caller": "storefront", "callee": "orders", "kind": "Boundary"}]
    assert prediction(surveyed(declaredEdges=boundary)).reach == "1"


def test_a_policy_is_told_of_the_hops_of_its_own_workloads_alone() -> None:
    others = [replace(service(one), policy="") for one in (ORDERS, PAYMENTS, LEDGER)]
    assert [(hop.caller.name, hop.callee.name) for hop in prediction(surveyed(*others)).hops] == [
        ("storefront", "orders")
    ]
