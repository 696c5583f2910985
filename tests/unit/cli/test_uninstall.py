import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tests.unit.cli.test_status import NEW_POLICY, POLICY, traced
from tracereach.cli.commands import uninstall
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS

PATHS = [POLICIES.item("shop", "shop"), CLUSTER_POLICIES.item("", "everywhere")]
AT_ONCE = {"metadata": {"annotations": {"tracereach.dev/restore-at-once": "true"}}}


def place(server: ObjectServer) -> str:
    """Which cluster it is, in the first line."""
    return f"cluster: context test, http://127.0.0.1:{server.port}"


@pytest.fixture
def cluster(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> ObjectServer:
    monkeypatch.setattr(uninstall, "_INTERVAL", 0.01)
    server.put(POLICIES.collection(), POLICY)
    server.put(CLUSTER_POLICIES.collection(), NEW_POLICY)
    server.put(TRACED_WORKLOADS.collection(), traced("orders", state="Restoring", reason="PolicyDeleted"))
    return server


def test_it_waits_for_policies_and_workloads_and_says_how_far_it_is(call: Call, cluster: ObjectServer) -> None:
    left = [CLUSTER_POLICIES.collection(), POLICIES.collection(), TRACED_WORKLOADS.collection()]
    lists = 0

    def restore_one_at_each_second_look() -> None:
        nonlocal lists
        lists += 1
        if len(cluster.deleted) == 2 and lists % 6 == 0 and left:
            cluster.collections[left.pop(0)].clear()

    cluster.on_list = restore_one_at_each_second_look
    result = call("uninstall")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        place(cluster),
        "policies to restore: 2",
        "0 of 2 policies restored",
        "1 of 2 policies restored",
        "2 of 2 policies restored",
    ]
    assert cluster.deleted == PATHS
    assert not left


def test_a_timeout_names_what_is_left(call: Call, cluster: ObjectServer) -> None:
    result = call("uninstall", "--wait", "--timeout", "0.2")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "not restored after 0.2 s: TracingPolicy/shop/shop, ClusterTracingPolicy/everywhere, shop/Deployment/orders."
        " Check that the operator runs, and call this again."
    )


def test_an_api_server_that_is_away_for_a_while_ends_no_waiting(call: Call, cluster: ObjectServer) -> None:
    away = (503, {"kind": "Status", "message": "away"})

    def go_away_and_come_back_restored() -> None:
        if cluster.deleted and cluster.collections[POLICIES.collection()]:
            cluster.faults += [away, away]
            for objects in cluster.collections.values():
                objects.clear()

    cluster.on_list = go_away_and_come_back_restored
    result = call("uninstall")
    assert (result.exit_code, cluster.faults) == (0, [])
    assert result.stderr.splitlines()[-1] == "2 of 2 policies restored"


def test_without_waiting_it_only_deletes(call: Call, cluster: ObjectServer) -> None:
    result = call("uninstall", "--no-wait")
    assert (result.exit_code, result.stderr) == (0, f"{place(cluster)}\npolicies to restore: 2\n")
    assert cluster.deleted == PATHS


def test_nobody_is_to_wait_for_a_slot(call: Call, cluster: ObjectServer) -> None:
    call("uninstall", "--no-wait")
    assert cluster.patches == dict.fromkeys(PATHS, AT_ONCE)


def test_a_cluster_without_our_kinds_is_uninstalled_already(call: Call, server: ObjectServer) -> None:
    result = call("uninstall")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[1:] == ["policies to restore: 0", "0 of 0 policies restored"]


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_on_a_terminal_it_asks_before_anything_is_deleted(
    call: Call, cluster: ObjectServer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(uninstall, "_is_terminal", lambda: True)
    result = call("uninstall", "--no-wait", stdin=answer)
    assert (result.exit_code, cluster.deleted, cluster.patched) == (1, [], [])
    assert place(cluster) in result.stderr
    assert "Delete all of them, and take every injection out of this cluster? [y/N]" in result.stderr


@pytest.mark.parametrize(("arguments", "answer"), [((), "y\n"), (("--yes",), "")])
def test_on_a_terminal_it_deletes_what_it_may(
    call: Call, cluster: ObjectServer, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], answer: str
) -> None:
    monkeypatch.setattr(uninstall, "_is_terminal", lambda: True)
    assert call("uninstall", "--no-wait", *arguments, stdin=answer).exit_code == 0
    assert cluster.deleted == PATHS


def test_where_there_is_nothing_to_delete_nobody_is_asked(
    call: Call, server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uninstall, "_is_terminal", lambda: True)
    assert call("uninstall").exit_code == 0
