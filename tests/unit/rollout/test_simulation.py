"""Whatever happens on the way, a rollout keeps its pace, obeys its users, and comes to an end."""

import pytest

from tests.unit.rollout.fleet import NEW, OLD
from tests.unit.rollout.simulation import LONGEST, SimulatedCluster
from tracereach.api.reasons import State

RESTLESS_PASSES = 60
SEEDS = range(40)


def check(cluster: SimulatedCluster) -> None:
    """What holds after every pass."""
    if list(cluster.begun()):
        assert cluster.in_progress() <= cluster.slots
    for one in cluster.workloads:
        assert all(count == 1 for count in one.writes.values()), f"{one.name} was written {dict(one.writes)}"
        if cluster.revision in one.undone:
            assert one.name not in cluster.begun(), f"{one.name} was fought over"


def run(cluster: SimulatedCluster, passes: int, *, restless: bool) -> int:
    """Run until everybody is settled, or through all of `passes`; how many passes it took."""
    for number in range(passes):
        cluster.pass_over()
        check(cluster)
        if not restless and cluster.settled():
            return number
        cluster.time_goes_by()
        if restless:
            cluster.something_happens()
    return passes


def bound(cluster: SimulatedCluster) -> int:
    """Passes after which all must be done: turn by turn, each as slow as can be, some turns lost to conflicts."""
    turns = -(-len(cluster.workloads) // cluster.slots)
    return LONGEST + (turns + 10) * (LONGEST + 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_calm_rollout_writes_everybody_once_and_ends_with_all_of_them_healthy(seed: int) -> None:
    cluster = SimulatedCluster(seed)
    assert run(cluster, bound(cluster), restless=False) < bound(cluster)
    assert {verdict.state for verdict in cluster.verdicts.values()} == {State.HEALTHY}
    assert all(one.writes == {OLD: 1} for one in cluster.workloads)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restless_one_ends_with_everybody_healthy_but_those_who_took_it_out(seed: int) -> None:
    cluster = SimulatedCluster(seed)
    run(cluster, RESTLESS_PASSES, restless=True)
    assert run(cluster, bound(cluster), restless=False) < bound(cluster)
    for one in cluster.workloads:
        expected = State.LATCHED if OLD in one.undone else State.HEALTHY
        assert cluster.verdicts[one.name].state is expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_revision_is_tried_once_even_where_the_last_one_was_taken_out(seed: int) -> None:
    cluster = SimulatedCluster(seed)
    run(cluster, RESTLESS_PASSES, restless=True)
    run(cluster, bound(cluster), restless=False)
    cluster.revision = NEW
    assert run(cluster, bound(cluster), restless=False) < bound(cluster)
    assert {verdict.state for verdict in cluster.verdicts.values()} == {State.HEALTHY}
    assert all(one.writes[NEW] == 1 for one in cluster.workloads)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_revision_that_changes_in_the_middle_of_everything_still_ends(seed: int) -> None:
    cluster = SimulatedCluster(seed)
    run(cluster, RESTLESS_PASSES // 4, restless=True)
    cluster.revision = NEW
    run(cluster, RESTLESS_PASSES, restless=True)
    assert run(cluster, bound(cluster), restless=False) < bound(cluster)


def test_the_simulation_really_is_restless() -> None:
    clusters = [SimulatedCluster(seed) for seed in SEEDS]
    for cluster in clusters:
        run(cluster, RESTLESS_PASSES, restless=True)
    undone = sum(bool(one.undone) for cluster in clusters for one in cluster.workloads)
    written = sum(len(one.writes) for cluster in clusters for one in cluster.workloads)
    assert 10 < undone < written
