"""What admission keeps of the objects it watches."""

import pytest

from tests.unit.admission.shop import OLDER
from tests.unit.controller.fake_cluster import FakeCluster
from tests.unit.controller.shop import policy_body
from tests.unit.inject.conftest import CATALOGUE
from tracereach.admission.informers import Informers, kept_revision
from tracereach.admission.informers import policy_body as body_of
from tracereach.api.acceptance import accept


def test_news_in_a_policys_status_are_no_news() -> None:
    body = policy_body(metadata={"uid": "u-1", "resourceVersion": "7", "managedFields": []})
    before, after = body_of(body, body["kind"]), body_of(body | {"status": {"revision": "1"}}, body["kind"])
    assert before == after
    assert accept(before) == accept(body)


@pytest.mark.parametrize("annotation", ["paused", "rolled-back"])
def test_what_people_hold_up_by_an_annotation_is_known(annotation: str) -> None:
    annotations = {f"tracereach.dev/{annotation}": "true", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    body = body_of(policy_body(metadata={"annotations": annotations}), "TracingPolicy")
    assert body["metadata"]["annotations"] == {f"tracereach.dev/{annotation}": "true"}


def test_objects_of_a_list_do_not_say_their_kind_and_are_policies_all_the_same() -> None:
    body = policy_body()
    untyped = {key: value for key, value in body.items() if key not in {"apiVersion", "kind"}}
    assert accept(body_of(untyped, "TracingPolicy")) == accept(body)


def test_a_controller_revision_is_read_back() -> None:
    metadata = {"namespace": "shop", "name": f"shop-{OLDER.name}"}
    found = kept_revision({"metadata": metadata, "data": OLDER.data()})
    assert found is not None
    assert (found.name, found.data()) == (OLDER.name, OLDER.data())


def test_one_that_another_release_made_is_left_out_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    metadata = {"namespace": "shop", "name": "shop-1"}
    assert kept_revision({"metadata": metadata, "data": {"spec": {"unheard": "of"}}}) is None
    assert "shop/shop-1" in caplog.text


@pytest.mark.parametrize("paused", [False, True])
def test_all_policies_are_paused_where_the_operator_s_setting_says_so(*, paused: bool) -> None:
    informers = Informers(FakeCluster(), CATALOGUE, server=(1, 36), namespace="tracereach-system", all_paused=paused)
    assert informers.knowledge().policies.all_paused is paused
