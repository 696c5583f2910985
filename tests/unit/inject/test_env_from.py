"""ConfigMaps that can be read are read; nothing is guessed about the others."""

from typing import Any

import pytest

from tests.unit.inject.pods import variable
from tracereach.inject.env_from import hiding_source, spelled_out

KNOWN = {"tracing": {"OTEL_PROPAGATORS": "b3", "ENDPOINT": "http://mine"}, "empty": {}}
TRACING, SECRET, OTHER = (
    {"configMapRef": {"name": "tracing"}},
    {"secretRef": {"name": "tracing"}},
    {"configMapRef": {"name": "other"}},
)


@pytest.mark.parametrize(
    ("sources", "env", "expected", "left"),
    [
        ([TRACING], [], {"OTEL_PROPAGATORS": "b3", "ENDPOINT": "http://mine"}, []),
        ([{"prefix": "X_", **TRACING}], None, {"X_OTEL_PROPAGATORS": "b3", "X_ENDPOINT": "http://mine"}, []),
        (
            [TRACING, SECRET, OTHER],
            [variable("OTEL_PROPAGATORS", "mine")],
            {"ENDPOINT": "http://mine", "OTEL_PROPAGATORS": "mine"},
            [SECRET, OTHER],
        ),
        ([{"configMapRef": {"name": "empty"}}, OTHER], [], {}, [OTHER]),
    ],
)
def test_known_ones_are_spelled_out_and_the_container_s_own_win(
    sources: list[Any], env: list[Any] | None, expected: dict[str, str], left: list[Any]
) -> None:
    container = {"name": "app", "env": env, "envFrom": sources}
    before = repr(container)
    found = spelled_out(container, KNOWN)
    assert {entry["name"]: entry["value"] for entry in found["env"]} == expected
    assert found["envFrom"] == left
    assert repr(container) == before


def test_the_last_of_two_sources_wins() -> None:
    again = {"tracing": {"A": "1"}, "later": {"A": "2"}}
    found = spelled_out({"name": "app", "envFrom": [TRACING, {"configMapRef": {"name": "later"}}]}, again)
    assert found["env"] == [variable("A", "2")]


@pytest.mark.parametrize("container", [{"name": "app"}, {"name": "app", "envFrom": None}, {"envFrom": [SECRET, OTHER]}])
def test_where_nothing_is_known_nothing_changes(container: dict[str, Any]) -> None:
    assert spelled_out(container, KNOWN) is container


@pytest.mark.parametrize(
    ("sources", "hiding"),
    [
        ([SECRET], "Secret tracing"),
        ([TRACING, OTHER], "ConfigMap other"),
        ([TRACING], None),
        ([{"prefix": "JAVA_", **SECRET}], "Secret tracing"),
        ([{"prefix": "SHOP_", **SECRET}], None),
        ([{"prefix": "JAVA_TOOL_OPTIONS", **SECRET}], None),
        (None, None),
    ],
)
def test_what_may_set_a_variable_unseen_is_named(sources: list[Any] | None, hiding: str | None) -> None:
    container = {"name": "app", "envFrom": sources}
    assert hiding_source(container, "JAVA_TOOL_OPTIONS", KNOWN) == hiding
