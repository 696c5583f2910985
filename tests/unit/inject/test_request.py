"""What a workload's owner asks for on the pod template."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template
from tracereach.api.reasons import Reason
from tracereach.inject import Skipped
from tracereach.inject.evidence import Choice, choose

KEY = "tracereach.dev/agents"
NODE = {"command": ["node", "server.js"]}


def asked(
    *, annotations: dict[str, Any] | None = None, labels: dict[str, Any] | None = None, name: str = "app", **spec: Any
) -> Choice | Skipped:
    pod = template(**NODE) | {"metadata": {"annotations": annotations, "labels": labels}}
    container = pod["spec"]["containers"][0] | {"name": name}
    return choose(pod, container, make_injection(**spec).revision.spec)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("java", "java"),
        ("Java", "java"),
        (" Python ,NODEJS ", "nodejs python"),
        ("java java", "java"),
        ("java_python", "java python"),
        ("node", "nodejs"),
        ("node.js", "nodejs"),
        ("js", "nodejs"),
        ("javascript", "nodejs"),
        ("py", "python"),
        (".NET", "dotnet"),
        ("golang", "go"),
        ("sdk", "sdk"),
    ],
)
@pytest.mark.parametrize("field", ["annotations", "labels"])
def test_agents_by_their_usual_names(field: str, value: str, expected: str) -> None:
    choice = asked(**{field: {KEY: value}})
    why = f"{field.removesuffix('s')}: metadata.{field}[{KEY}] is {value}"
    assert choice == Choice(tuple(expected.split()), why)


@pytest.mark.parametrize("value", ["none", "None", " NONE "])
def test_none_leaves_the_container_as_it_is(value: str) -> None:
    skipped = asked(annotations={KEY: value})
    assert isinstance(skipped, Skipped)
    assert skipped.reason is Reason.EXCLUDED
    assert skipped.message.startswith(f"annotation: metadata.annotations[{KEY}]")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("cobol", "annotation tracereach.dev/agents names cobol; known are"),
        ("java,cobol,ada", "annotation tracereach.dev/agents names ada, cobol; known are"),
        ("java,none", "annotation tracereach.dev/agents names none, and agents beside it"),
        (7, "annotation tracereach.dev/agents names 7; known are"),
    ],
)
def test_a_word_that_nobody_knows_is_an_error_and_not_ignored(value: Any, message: str) -> None:
    skipped = asked(annotations={KEY: value})
    assert isinstance(skipped, Skipped)
    assert (skipped.container, skipped.reason) == ("app", Reason.AGENT_UNKNOWN)
    assert skipped.message.startswith(message)


@pytest.mark.parametrize("value", ["", "  ", None, ","])
def test_an_empty_annotation_asks_for_nothing(value: Any) -> None:
    choice = asked(annotations={KEY: value})
    assert isinstance(choice, Choice)
    assert choice.why == "command: spec.containers[app].command[0] runs node"


def test_the_container_s_own_annotation_wins_over_the_pod_s_and_that_over_the_label_and_the_policy() -> None:
    everything = {
        "annotations": {"agents.tracereach.dev/app": "java", KEY: "python"},
        "labels": {KEY: "nodejs"},
        "agents": ["sdk"],
    }
    assert [asked(**everything), asked(**everything, name="other")] == [
        Choice(("java",), "annotation: metadata.annotations[agents.tracereach.dev/app] is java"),
        Choice(("python",), f"annotation: metadata.annotations[{KEY}] is python"),
    ]
    del everything["annotations"][KEY]
    assert asked(**everything, name="other") == Choice(("nodejs",), f"label: metadata.labels[{KEY}] is nodejs")
    del everything["labels"][KEY]
    assert asked(**everything, name="other") == Choice(("sdk",), "policy: spec.agents is sdk")


def test_a_sidecar_gets_agents_only_where_its_own_annotation_says_so() -> None:
    skipped = asked(annotations={KEY: "java"}, name="envoy")
    assert isinstance(skipped, Skipped)
    assert skipped.reason is Reason.PROXY
    assert isinstance(asked(annotations={"agents.tracereach.dev/envoy": "java"}, name="envoy"), Choice)


def test_what_the_policy_excludes_no_annotation_brings_back() -> None:
    skipped = asked(annotations={"agents.tracereach.dev/app": "java"}, containers={"exclude": ["app"]})
    assert isinstance(skipped, Skipped)
    assert skipped.reason is Reason.EXCLUDED
