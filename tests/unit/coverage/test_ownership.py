"""A break between the workloads of two policies: one tells of it, and the other points there."""

from dataclasses import replace

import pytest

from tests.unit.coverage.world import Node, World, workload
from tracereach.api.causes import Cause
from tracereach.api.coverage import CoverageReport
from tracereach.coverage.breaks import breaks
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report

FRONT, BACK = "TracingPolicy/shop/front", "TracingPolicy/shop/back"
OWNERS = {"a": FRONT, "b": FRONT, "c": BACK, "d": BACK}
CHAIN = {"a": Node(("b",)), "b": Node(("c",)), "c": Node(("d",)), "d": Node()}


def told(owners: dict[str, str], **changed: Node) -> dict[str, CoverageReport]:
    """What each policy says."""
    scene = World(CHAIN | changed).requests(100).scene()
    services = {one: replace(known, policy=owners.get(one.name, "")) for one, known in scene.services.items()}
    scene = replace(scene, services=services)
    land = Landscape(scene, breaks(scene))
    found = {}
    for policy in (FRONT, BACK):
        ours = frozenset(workload(name) for name, owner in owners.items() if owner == policy)
        found[policy] = report(PolicyFacts(policy, "0.95", ours, entries=(workload("a"),), measured_seconds=300), land)
    return found


@pytest.mark.parametrize(
    ("changed", "owners", "at", "owner"),
    [
        ({"c": Node(("d",), speaks=("b3",), says=("b3",)), "d": Node(speaks=("b3",), says=("b3",))}, OWNERS, "c", BACK),
        ({"b": Node(("c",), loses_inside=True)}, OWNERS, "b", FRONT),
        ({"c": Node(injected=False)}, {"a": FRONT, "b": FRONT, "d": BACK}, "c", FRONT),
        ({"c": Node(exports=False)}, {"a": FRONT, "b": FRONT, "c": BACK}, "c", FRONT),
    ],
    ids=["the callee's remedy", "the caller's remedy", "a callee without policy", "a callee's policy without spans"],
)
def test_a_break_is_told_by_the_policy_in_which_it_is_mended(
    changed: dict[str, Node], owners: dict[str, str], at: str, owner: str
) -> None:
    found = told(owners, **changed)
    mine, other = found[owner], found[BACK if owner == FRONT else FRONT]
    assert [(one.caller, one.callee, one.at) for one in mine.breaks] == [
        (str(workload("b")), str(workload("c")), str(workload(at)))
    ]
    assert (mine.elsewhere, other.breaks) == ((), ())
    assert mine.coverage.breaks == 1
    assert not other.coverage.breaks


def test_the_other_policy_is_short_of_reach_and_says_where_it_is_told_why() -> None:
    found = told(OWNERS, b=Node(("c",), loses_inside=True), a=Node(("b",)))
    coverage = found[BACK].coverage
    assert (coverage.breaks, coverage.worst) == (0, ())
    assert coverage.message.startswith(f"Traces stop at b -> c too, of which {FRONT} tells.")
    assert [one.cause for one in found[BACK].elsewhere] == [Cause.CONTEXT_LOST_IN_PROCESS]
    mine = told(OWNERS, c=Node(("d",), speaks=("b3",), says=("b3",)), d=Node(speaks=("b3",), says=("b3",)))[FRONT]
    assert (mine.coverage.reach, mine.coverage.breaks) == ("0.666", 0)
    assert mine.coverage.message == f"Traces stop at b -> c too, of which {BACK} tells."
