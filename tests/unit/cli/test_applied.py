"""The output of `inject`, applied: the operator goes on with what it finds, and injects nothing twice."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Call
from tests.unit.controller.shop import SHOP, TEMPLATE, policies, policy_body, snapshot, workload
from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.workload import Workload
from tracereach.controller.rendering import Renderer
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case, cases

POLICIES = policies(policy_body())


def applied(call: Call, tmp_path: Path, *, own_images: bool = True) -> Workload:
    """A workload that was injected in its file, by the policy of the cluster, before it was applied."""
    policy, catalogue = tmp_path / "policy.json", tmp_path / "catalogue.json"
    policy.write_text(json.dumps(policy_body()))
    catalogue.write_text(CATALOGUE.model_dump_json(by_alias=True))
    metadata = {"name": "orders", "namespace": "shop", "labels": {"tracing": "enabled"}}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": TEMPLATE}}
    images = ("--catalogue", str(catalogue)) if own_images else ()
    result = call("inject", "-f", "-", "-p", str(policy), *images, stdin=json.dumps(manifest))
    return workload(template=json.loads(result.stdout)["spec"]["template"])


def seen(known: Policies, found: Workload) -> list[Case]:
    return cases(snapshot(known, found), Renderer(), own_namespace="tracereach-system")


def test_what_its_policy_put_in_is_what_the_operator_wants(call: Call, tmp_path: Path) -> None:
    (case,) = seen(POLICIES, applied(call, tmp_path))
    assert case.subject.goal is not None
    assert case.subject.recorded == case.subject.goal.revision == POLICIES.revisions[SHOP].name
    assert case.subject.goal.agents == ("nodejs",)
    assert not case.subject.foreign


def test_other_images_than_the_operator_s_restart_nobody(call: Call, tmp_path: Path) -> None:
    (case,) = seen(POLICIES, applied(call, tmp_path, own_images=False))
    assert case.subject.goal is not None
    assert case.subject.recorded == case.subject.goal.revision
    assert case.subject.goal.outdated


def test_what_a_policy_put_in_that_is_not_in_the_cluster_is_left_alone(call: Call, tmp_path: Path) -> None:
    assert seen(policies(), applied(call, tmp_path)) == []
