"""Every cause, made in a small world and found again from what it leaves; and worlds in which nothing is wrong."""

from dataclasses import replace

import pytest

from tests.unit.coverage.world import Node, World, workload
from tracereach.api.causes import Cause
from tracereach.api.reasons import Reason
from tracereach.api.tracing import Route
from tracereach.coverage.breaks import breaks
from tracereach.coverage.services import Service
from tracereach.coverage.silences import excused
from tracereach.coverage.spans import SpanCounts

Chain = dict[str, Node]
Found = set[tuple[str, str, str, Cause]]


def chain(**changed: Node) -> Chain:
    """Four services in a row, with some of them changed."""
    return {"a": Node(("b",)), "b": Node(("c",)), "c": Node(("d",)), "d": Node()} | changed


def found(world: World, **probed: str) -> Found:
    return {
        (one.caller.name, one.callee.name, one.diagnosis.at.name, one.diagnosis.cause)
        for one in breaks(world.scene(probed))
    }


B3 = ("b3",)
SINGLE: dict[str, tuple[Chain, Found]] = {
    "not injected": (chain(b=Node(("c",), injected=False)), {("a", "b", "b", Cause.NOT_INSTRUMENTED)}),
    "not injected, at the end": (chain(d=Node(injected=False)), {("c", "d", "d", Cause.NOT_INSTRUMENTED)}),
    "not injected, callees unknown": (
        chain(b=Node(("c",), injected=False, known=False)),
        {("a", "b", "b", Cause.NOT_INSTRUMENTED)},
    ),
    "its own propagators": (
        chain(b=Node(("c",), speaks=B3, says=B3)),
        {("a", "b", "b", Cause.PROPAGATOR_MISMATCH), ("b", "c", "b", Cause.PROPAGATOR_MISMATCH)},
    ),
    "its own propagators, at the end": (
        chain(d=Node(speaks=B3, says=B3)),
        {("c", "d", "d", Cause.PROPAGATOR_MISMATCH)},
    ),
    "its own propagators, at the entry": (
        chain(a=Node(("b",), speaks=B3, says=B3)),
        {("a", "b", "a", Cause.PROPAGATOR_MISMATCH)},
    ),
    "propagators by code": (
        chain(c=Node(("d",), speaks=B3)),
        {("b", "c", "c", Cause.OVERRIDDEN_BY_APPLICATION), ("c", "d", "c", Cause.OVERRIDDEN_BY_APPLICATION)},
    ),
    "propagators by code, at the end": (
        chain(d=Node(speaks=B3)),
        {("c", "d", "d", Cause.OVERRIDDEN_BY_APPLICATION)},
    ),
    "its own sampler, never": (
        chain(b=Node(("c",), keeps=0, says_sampler="always_off")),
        {("a", "b", "b", Cause.SAMPLER_DROPS)},
    ),
    "its own sampler, half": (
        chain(c=Node(("d",), keeps=0.5, says_sampler="traceidratio")),
        {("b", "c", "c", Cause.SAMPLER_DROPS)},
    ),
    "a sampler by code, half": (chain(c=Node(("d",), keeps=0.5)), {("b", "c", "c", Cause.SAMPLER_DROPS)}),
    "a sampler by code, never": (chain(b=Node(("c",), keeps=0)), {("a", "b", "b", Cause.SAMPLER_DROPS)}),
    "no export": (chain(b=Node(("c",), exports=False)), {("a", "b", "b", Cause.SPANS_NOT_EXPORTED)}),
    "no export, callees unknown": (
        chain(b=Node(("c",), exports=False, known=False)),
        {("a", "b", "b", Cause.SPANS_NOT_EXPORTED)},
    ),
    "no exporter": (
        chain(d=Node(exports=False, route=Route.NOWHERE)),
        {("c", "d", "d", Cause.SPANS_NOT_EXPORTED)},
    ),
    "no server spans": (
        chain(b=Node(("c",), server_spans=False)),
        {("a", "b", "b", Cause.SERVER_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "no server spans, at the end": (
        chain(d=Node(server_spans=False)),
        {("c", "d", "d", Cause.SERVER_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "no spans of its own, before one that is not injected": (
        chain(c=Node(("d",), server_spans=False, client_spans=False), d=Node(injected=False)),
        {("b", "c", "c", Cause.SERVER_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "no spans of its own, before one that exports elsewhere": (
        chain(c=Node(("d",), server_spans=False, client_spans=False), d=Node(route=Route.ELSEWHERE)),
        {("b", "c", "c", Cause.SERVER_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "no client spans": (
        chain(b=Node(("c",), client_spans=False)),
        {("b", "c", "b", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "no client spans, callees unknown": (
        chain(b=Node(("c",), client_spans=False, known=False)),
        {("b", "c", "b", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED)},
    ),
    "lost inside": (
        chain(b=Node(("c",), loses_inside=True)),
        {("b", "c", "b", Cause.CONTEXT_LOST_IN_PROCESS)},
    ),
    "a proxy drops": (
        chain(b=Node(("p",)), p=Node(("c",), forwards="none")),
        {("b", "p", "p", Cause.NOT_INSTRUMENTED)},
    ),
    "a proxy rewrites": (
        chain(b=Node(("p",)), p=Node(("c",), forwards="new")),
        {("b", "p", "p", Cause.NOT_INSTRUMENTED)},
    ),
    "a proxy speaks b3 and says so": (
        chain(b=Node(("p",)), p=Node(("c",), forwards="b3", says=B3)),
        {("b", "p", "p", Cause.PROPAGATOR_MISMATCH)},
    ),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_fault_is_named(name: str) -> None:
    nodes, expected = SINGLE[name]
    assert found(World(nodes).requests(60)) == expected


@pytest.mark.parametrize("name", SINGLE)
def test_too_few_requests_name_nothing(name: str) -> None:
    assert found(World(SINGLE[name][0]).requests(34)) == set()


@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        ("Dropped", Cause.HEADERS_DROPPED),
        ("Rewritten", Cause.HEADERS_REWRITTEN),
        ("B3Only", Cause.PROPAGATOR_MISMATCH),
        ("NotContinued", Cause.NOT_INSTRUMENTED),
    ],
)
def test_a_probe_tells_a_silent_proxy_from_a_service(seen: str, cause: Cause) -> None:
    world = World(chain(b=Node(("p",)), p=Node(("c",), forwards="none"))).requests(60)
    assert found(world, p=seen) == {("b", "p", "p", cause)}


@pytest.mark.parametrize(("forwards", "cause"), [("none", Cause.HEADERS_DROPPED), ("new", Cause.HEADERS_REWRITTEN)])
def test_what_a_proxy_would_do_is_said_where_no_probe_has_told(forwards: str, cause: Cause) -> None:
    (one,) = breaks(World(chain(b=Node(("p",)), p=Node(("c",), forwards=forwards))).requests(60).scene())
    assert (one.diagnosis.confidence, one.diagnosis.alternatives) == ("Medium", (cause,))


HEALTHY: dict[str, Chain] = {
    "a chain": chain(),
    "idle": chain(e=Node(("c",))),
    "a batch job": chain(e=Node(("c",), timer=10)),
    "a timer in a service": chain(b=Node(("c",), timer=1)),
    "a proxy that forwards": chain(b=Node(("p",)), p=Node(("c",), forwards="all")),
    "exports elsewhere": chain(b=Node(("c",), route=Route.ELSEWHERE)),
    "exports directly": chain(d=Node(route=Route.DIRECT)),
    "a job that is not injected": chain(e=Node(("c",), injected=False)),
    "two formats at once": chain(b=Node(("c",), speaks=("b3", "tracecontext"), says=("b3", "tracecontext"))),
    "a fan": {"a": Node(("b", "c", "d")), "b": Node(("d",)), "c": Node(("d",)), "d": Node()},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_wrong(name: str) -> None:
    assert found(World(HEALTHY[name]).requests(60)) == set()


PAIRS: dict[str, tuple[Chain, Found]] = {
    "not injected, and another's propagators": (
        chain(b=Node(("c",), injected=False), d=Node(speaks=B3, says=B3)),
        {("a", "b", "b", Cause.NOT_INSTRUMENTED), ("c", "d", "d", Cause.PROPAGATOR_MISMATCH)},
    ),
    "no export, and lost inside": (
        chain(b=Node(("c",), exports=False), c=Node(("d",), loses_inside=True)),
        {("a", "b", "b", Cause.SPANS_NOT_EXPORTED), ("c", "d", "c", Cause.CONTEXT_LOST_IN_PROCESS)},
    ),
    "no client spans, and not injected behind that": (
        chain(b=Node(("c",), client_spans=False), d=Node(injected=False)),
        {("b", "c", "b", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED), ("c", "d", "d", Cause.NOT_INSTRUMENTED)},
    ),
    "no client spans, and not injected further behind that": (
        chain(a=Node(("b",), client_spans=False), d=Node(injected=False)),
        {("a", "b", "a", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED), ("c", "d", "d", Cause.NOT_INSTRUMENTED)},
    ),
    "no client spans, and not injected": (
        chain(a=Node(("b",), client_spans=False), c=Node(("d",), injected=False)),
        {("a", "b", "a", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED), ("b", "c", "c", Cause.NOT_INSTRUMENTED)},
    ),
    "no client spans, and not injected at the end": (
        chain(b=Node(("c",), client_spans=False), d=Node(injected=False)),
        {("b", "c", "b", Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED), ("c", "d", "d", Cause.NOT_INSTRUMENTED)},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_faults_are_told_apart(name: str) -> None:
    nodes, expected = PAIRS[name]
    assert found(World(nodes).requests(60)) == expected


def test_every_cause_but_those_of_queues_is_made_here() -> None:
    made = {cause for _, expected in SINGLE.values() for *_, cause in expected}
    made |= {Cause.HEADERS_DROPPED, Cause.HEADERS_REWRITTEN}  # which probes tell, or a declaration
    assert made == set(Cause) - {Cause.QUEUE_WITHOUT_LINK, Cause.UNDECIDED}


def test_no_caller_is_blamed_for_a_silence_that_is_wanted() -> None:
    scene = World(chain(c=Node(("d",), route=Route.DIRECT))).requests(60).scene()
    assert breaks(scene) == ()
    assert [edge.callee for edge in scene.edges if edge.state == "Unknown"] == [workload("c")]


def test_new_traces_whose_lost_calls_may_not_be_counted_yet_are_no_gap() -> None:
    scene = World(chain(b=Node(("c",), client_spans=False))).requests(60).scene()
    assert len(breaks(scene)) == 1
    assert breaks(replace(scene, fresh={workload("c"): SpanCounts(server=30, server_root=30)})) == ()


def test_what_goes_on_elsewhere_explains_nothing_where_callees_are_known() -> None:
    """Beside a service that samples nothing runs a chain that has nothing to do with it, and loses its spans."""
    other = {"x": Node(("y",), exports=False), "y": Node()}
    world = World(chain(b=Node(("c",), keeps=0)) | other).requests(60)
    beside = World(other, first_id=10_000).requests(60)
    world.spans += beside.spans
    assert ("a", "b", "b", Cause.SAMPLER_DROPS) in found(world)


def test_new_traces_of_pods_that_are_yet_to_be_replaced_are_no_gap() -> None:
    """One in ten pods of b has the injection, and the others call c without context."""
    nodes = chain(b=Node(("c",)))
    without, within = World(chain(b=Node(("c",), injected=False))).requests(200), World(nodes, first_id=10_000)
    scene = World(nodes, [*without.spans, *within.requests(20).spans]).scene()
    services = {**scene.services, workload("b"): replace(scene.service(workload("b")), rolled_out=False)}
    assert breaks(excused(replace(scene, services=services))) == ()


def test_new_traces_of_a_caller_without_injection_are_laid_to_nobody_else() -> None:
    nodes = chain(e=Node(("d",), injected=False))
    seldom = World(nodes).requests(10)
    from_e = World({"e": nodes["e"], "d": Node()}, first_id=10_000).requests(100)
    scene = World(nodes, [*seldom.spans, *from_e.spans]).scene()
    assert breaks(scene) == ()
    resting = {**scene.services, workload("e"): Service(workload("e"), reason=Reason.SCALED_TO_ZERO)}
    assert [one.diagnosis.at for one in breaks(replace(scene, services=resting))] == [workload("c")]


def test_calls_that_a_gap_does_show_are_not_denied() -> None:
    seldom = World(chain()).requests(10)
    from_outside = World({"d": Node()}, first_id=10_000).requests(100)
    (found,) = breaks(World(chain(), [*seldom.spans, *from_outside.spans]).scene())
    assert (found.caller, found.callee) == (workload("c"), workload("d"))
    assert "it took 10 requests and sent spans of 10 calls, 10 of them to this service" in found.diagnosis.evidence


def from_pages() -> World:
    """A front end serves pages and names an api that users' browsers call; each page does so several times."""
    nodes = {"front": Node(("api",)), "api": Node()}
    pages = World({"front": Node()}).requests(100)
    return World(nodes, [*pages.spans, *World({"api": Node()}, first_id=10_000).requests(400).spans])


def test_an_api_that_browsers_may_call_is_laid_to_its_front_end_with_care() -> None:
    scene = from_pages().scene()
    (found,) = breaks(scene)
    assert (found.caller, found.callee, found.diagnosis.confidence) == (workload("front"), workload("api"), "Medium")
    assert "name the callee in spec.coverage.entrypoints" in found.status().remedy
    assert breaks(replace(scene, entries=scene.entries | {workload("api")})) == ()


def test_a_hop_that_ends_traces_on_purpose_is_no_gap_however_the_counts_fit() -> None:
    hop = workload("front"), workload("api")
    pages, calls = World({"front": Node()}).requests(100), World({"api": Node()}, first_id=10_000).requests(100)
    scene = World({"front": Node(), "api": Node()}, [*pages.spans, *calls.spans]).scene()
    assert [(one.caller, one.callee) for one in breaks(scene)] == [hop]
    assert breaks(replace(scene, boundaries=frozenset({hop}))) == ()


def test_messages_over_a_boundary_need_no_link() -> None:
    feed, stage = workload("feed"), workload("stage")
    scene = World({"feed": Node(), "stage": Node()}).scene()
    spans = {feed: SpanCounts(producer=100), stage: SpanCounts(consumer=100, consumer_root=100)}
    sent = replace(scene, spans=spans, producers={feed: 100})
    assert [(one.caller, one.callee) for one in breaks(sent)] == [(feed, stage)]
    assert breaks(replace(sent, boundaries=frozenset({(feed, stage)}))) == ()


def test_calls_that_begin_no_trace_are_not_said_to() -> None:
    scene = World(chain(b=Node(("c",), server_spans=False))).requests(60).scene()
    spans = {**scene.spans, workload("b"): replace(scene.counts(workload("b")), client=80)}
    (found,) = breaks(replace(scene, spans=spans))
    assert found.diagnosis.evidence == "60 calls to it, 60 by it that begin a trace each, and none that it took"


def test_messages_of_a_stage_in_a_pipeline_are_not_laid_to_itself_where_another_sends_any() -> None:
    feed, stage = workload("feed"), workload("stage")
    spans = {feed: SpanCounts(producer=300), stage: SpanCounts(consumer=100, consumer_root=100, producer=100)}
    scene = World({"feed": Node(), "stage": Node()}).scene()
    both = replace(scene, spans=spans, producers={feed: 300, stage: 100})
    assert [(one.caller, one.callee, one.diagnosis.confidence) for one in breaks(both)] == [(feed, stage, "Medium")]
    alone = replace(scene, spans={stage: spans[stage]}, producers={stage: 100})
    assert [(one.caller, one.callee, one.diagnosis.confidence) for one in breaks(alone)] == [(stage, stage, "Medium")]


def test_a_service_whose_injection_was_put_back_is_not_instrumented() -> None:
    """Its spans of before are within the window still."""
    nodes = chain(d=Node(injected=False))
    before, after = World(chain()).requests(100), World(nodes, first_id=10_000).requests(100)
    scene = World(nodes, [*before.spans, *after.spans]).scene()
    reason = {workload("d"): Service(workload("d"), reason=Reason.OPTED_OUT)}
    newest = {service: counts for service, counts in after.scene().spans.items() if service != workload("d")}
    (found,) = breaks(replace(scene, services={**scene.services, **reason}, fresh=newest))
    assert (found.diagnosis.at, found.diagnosis.cause) == (workload("d"), Cause.NOT_INSTRUMENTED)
    assert found.diagnosis.evidence.startswith("100 calls, no spans from it any more; OptedOut: ")


def test_new_traces_of_users_at_an_entry_prove_little_of_a_hop_into_it() -> None:
    """Whether its sampler drops some of the calls of e, or something drops their headers, looks alike."""
    some = {"a": Node(keeps=0.6), "e": Node(("a",), timer=10)}
    (found,) = breaks(World(some).requests(200).scene())
    assert (found.caller, found.callee, found.diagnosis.confidence) == (workload("e"), workload("a"), "Low")
    assert Cause.SAMPLER_DROPS in found.diagnosis.alternatives
    assert "users begin traces there too" in found.diagnosis.evidence
