"""Revisions are kept while they are wanted, injected, remembered or latched, and then go."""

from typing import Any

from tests.unit.controller.fake_cluster import FakeCluster
from tests.unit.controller.shop import policies, policy_body, remembered, snapshot, workload
from tests.unit.rollout.fleet import memory
from tracereach.api.reasons import Reason, State
from tracereach.cluster.resources import CONTROLLER_REVISIONS
from tracereach.controller.revisions import Revisions
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case
from tracereach.rollout.subject import Subject


def ratio(value: str) -> Policies:
    sampling = {"sampler": "parentbased_traceidratio", "ratio": value}
    return policies(policy_body(metadata={"uid": "uid-shop"}, sampling=sampling))


RELEASES = [ratio(f"0.{number}") for number in range(1, 6)]


def name_of(seen: Policies) -> str:
    (revision,) = seen.revisions.values()
    return revision.name


def kept(api: FakeCluster) -> set[str]:
    prefix = CONTROLLER_REVISIONS.item("shop", "shop-")
    return {path.removeprefix(prefix) for path in api.objects if path.startswith(prefix)}


async def pass_over(revisions: Revisions, seen: Policies, *cases: Case, latched: str = "") -> None:
    found = memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=latched)
    look = snapshot(await revisions.keep(seen), memories=[remembered(workload("other"), found)])
    await revisions.prune(cases, look)


async def test_those_that_nobody_needs_go_when_there_is_a_new_one() -> None:
    api = FakeCluster()
    revisions = Revisions(api, namespace="tracereach-system")
    injected = Case(Subject(workload(), None, recorded=name_of(RELEASES[0])))
    for seen in RELEASES:
        await pass_over(revisions, seen, injected, latched=name_of(RELEASES[1]))
    expected = {name_of(RELEASES[index]) for index in (0, 1, 3, 4)}
    assert kept(api) == expected


async def test_one_that_was_deleted_is_kept_anew_where_the_policy_comes_back_to_it() -> None:
    api = FakeCluster()
    revisions = Revisions(api, namespace="tracereach-system")
    for seen in RELEASES:
        await pass_over(revisions, seen)
    assert name_of(RELEASES[0]) not in kept(api)
    await pass_over(revisions, RELEASES[0])
    assert name_of(RELEASES[0]) in kept(api)


async def test_without_a_new_one_nothing_is_listed() -> None:
    class Counting(FakeCluster):
        lists = 0

        async def get(self, path: str, **query: str) -> dict[str, Any]:
            self.lists += 1
            return await super().get(path, **query)

    api = Counting()
    revisions = Revisions(api, namespace="tracereach-system")
    for _ in range(3):
        await pass_over(revisions, RELEASES[0])
    assert api.lists == 1
