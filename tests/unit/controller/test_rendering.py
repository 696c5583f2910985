"""What the status tells of an injection: the evidence, what is merged, and what stays with the user."""

from tests.unit.controller.shop import HERE, SHOP, policies, policy_body, workload
from tracereach.controller.rendering import Renderer
from tracereach.inject import Merge


def outcome(merge: Merge, *env: dict[str, str]):
    found = policies(policy_body())
    template = {"spec": {"containers": [{"name": "app", "command": ["node", "."], "env": list(env)}]}}
    return Renderer(merge).outcome(workload(template=template), found.accepted[SHOP], found.revisions[SHOP], HERE)


def test_the_evidence_names_the_rule_and_the_field() -> None:
    found = outcome(Merge.SKIP)
    assert found.delivery == "ImageVolume"
    assert [(one.container, one.agents, one.evidence, one.merged) for one in found.injected] == [
        ("app", ("nodejs",), "command: spec.containers[app].command[0] runs node", False)
    ]


def test_what_the_user_keeps_is_listed_with_what_follows() -> None:
    (app,) = outcome(Merge.SKIP, {"name": "OTEL_PROPAGATORS", "value": "b3"}).injected
    (left,) = app.left
    assert left.variables == "OTEL_PROPAGATORS"
    assert "traces may break" in left.message


def test_a_container_whose_variables_the_webhook_extends_is_marked() -> None:
    (app,) = outcome(Merge.STAMP, {"name": "NODE_OPTIONS", "value": "--max-old-space-size=256"}).injected
    assert app.merged
