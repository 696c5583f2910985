"""The schemas are structural, as the API server demands, and bounded, so that it can afford their CEL rules."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tracereach.api.crd import definitions
from tracereach.api.schema import EXPANSION

Node = Mapping[str, Any]
KNOWN = {
    "additionalProperties", "anyOf", "default", "description", "enum", "format", "items", "maxItems", "maxLength",
    "maxProperties", "maximum", "minItems", "minLength", "minimum", "pattern", "properties", "required", "type",
    "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-validations",
}  # fmt: skip
"""Keywords of a structural schema that the definitions use."""
ENDLESS = re.compile(r"[*+]|\{\d+,\}")
"""What makes a regular expression match texts of any length."""


def nodes(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(f"{path}.{name}", child)
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(f"{path}[]", node[key])


def schema(plural: str) -> Node:
    (version,) = definitions()[plural]["spec"]["versions"]
    found: Node = version["schema"]["openAPIV3Schema"]
    return found


PLURALS = sorted(definitions())
POLICIES = [plural for plural in PLURALS if plural.endswith("policies")]


@pytest.mark.parametrize("plural", PLURALS)
def test_every_field_has_a_type_and_nothing_foreign(plural: str) -> None:
    for path, node in nodes("", schema(plural)):
        assert set(node) <= KNOWN, path
        if node.get("x-kubernetes-int-or-string"):
            assert node["anyOf"] == [{"type": "integer"}, {"type": "string"}], path
            assert "type" not in node, path
        else:
            assert node["type"] in {"array", "boolean", "integer", "object", "string"}, path
            assert "anyOf" not in node, path


@pytest.mark.parametrize("plural", PLURALS)
def test_properties_and_additional_properties_exclude_each_other(plural: str) -> None:
    for path, node in nodes("", schema(plural)):
        assert not {"properties", "additionalProperties"} <= set(node), path
        assert set(node.get("required", ())) <= set(node.get("properties", ())), path


@pytest.mark.parametrize("plural", PLURALS)
def test_no_default_is_null(plural: str) -> None:
    for path, node in nodes("", schema(plural)):
        assert node.get("default", "") is not None, path
        assert None not in (node["default"].values() if isinstance(node.get("default"), Mapping) else ()), path


@pytest.mark.parametrize("plural", POLICIES)
def test_no_text_list_or_map_of_a_specification_is_unbounded(plural: str) -> None:
    for path, node in nodes("spec", schema(plural)["properties"]["spec"]):
        match node.get("type"):
            case "string":
                pattern = node.get("pattern", "*")
                assert "maxLength" in node or "enum" in node or not ENDLESS.search(pattern), path
            case "array":
                assert "maxItems" in node, path
            case "object":
                assert "properties" in node or "maxProperties" in node, path


@pytest.mark.parametrize("plural", POLICIES)
def test_the_api_server_knows_the_rules_that_files_are_held_to(plural: str) -> None:
    found = {
        path: [rule["message"] for rule in node["x-kubernetes-validations"]]
        for path, node in nodes("", schema(plural))
        if "x-kubernetes-validations" in node
    }
    assert found[""] == ["metadata.name must be at most 200 characters long"]
    assert found[".spec.selector"] == ["must not be empty: name at least one label"]
    assert found[".spec.agents"] == ["must be Auto alone, or a list of agents"]
    assert "URL with a host" in found[".spec.export.endpoint"][-1]
    assert "would expand it" in found[".spec.env[].value"][0]
    assert "keys must be attribute names" in found[".spec.resource.attributes"][0]
    assert "at least 1" in found[".spec.rollout.maxConcurrent"][0]


@pytest.mark.parametrize("plural", POLICIES)
def test_no_free_string_of_a_policy_can_hold_what_would_be_expanded(plural: str) -> None:
    free = {
        path: [rule["message"] for rule in node.get("x-kubernetes-validations", ())]
        for path, node in nodes("", schema(plural))
        if path.startswith(".spec") and node.get("type") == "string" and not {"enum", "pattern"} & node.keys()
    }
    labels = {path for path in free if path.endswith((".matchLabels{}", ".key"))}
    assert [path for path in free.keys() - labels if EXPANSION not in free[path]] == []


@pytest.mark.parametrize("plural", POLICIES)
def test_every_map_of_a_policy_says_what_its_values_are(plural: str) -> None:
    maps = {
        path: node
        for path, node in nodes("", schema(plural))
        if path.startswith(".spec") and node.get("type") == "object" and "properties" not in node
    }
    assert {".spec.resource.attributes", ".spec.selector.matchLabels"} <= maps.keys()
    assert [path for path, node in maps.items() if "additionalProperties" not in node] == []
