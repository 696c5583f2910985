"""The CustomResourceDefinitions, generated from the models of the contract: `python -m tracereach.api.crd DIRECTORY`.

The API server then refuses most mistakes by itself, with the field's path, before the operator sees them.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tracereach.api import names
from tracereach.api.naming import LONGEST_NAME, LONGEST_NAME_RULE
from tracereach.api.policy import ClusterPolicySpec, PolicySpec
from tracereach.api.schema import Model, cel
from tracereach.api.status import PolicyStatus, TracedWorkloadSpec, TracedWorkloadStatus

_KEPT = {
    "type",
    "description",
    "default",
    "enum",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
}


def _column(name: str, path: str, kind: str = "string", *, wide: bool = False) -> dict[str, Any]:
    return {"name": name, "type": kind, "jsonPath": path} | ({"priority": 1} if wide else {})


_AGE = _column("Age", ".metadata.creationTimestamp", "date")
_POLICY_COLUMNS = [
    _column("Matched", ".status.workloads.matched", "integer"),
    _column("Injected", ".status.workloads.injected", "integer"),
    _column("Healthy", ".status.workloads.healthy", "integer"),
    _column("Reach", ".status.coverage.reach"),
    _column("Breaks", ".status.coverage.breaks", "integer"),
    _column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
    _AGE,
    _column("Message", ".status.conditions[?(@.type=='Ready')].message", wide=True),
]
_WORKLOAD_COLUMNS = [
    _column("Kind", ".spec.kind"),
    _column("Workload", ".spec.name"),
    _column("Policy", ".spec.policy"),
    _column("Revision", ".status.revision"),
    _column("State", ".status.state"),
    _column("Reason", ".status.reason"),
    _column("Agents", ".status.agents"),
    _AGE,
    _column("Message", ".status.message", wide=True),
]


def definitions() -> dict[str, dict[str, Any]]:
    """Each CustomResourceDefinition by its plural."""
    return {
        names.POLICY_PLURAL: _definition(
            kind=names.POLICY_KIND,
            plural=names.POLICY_PLURAL,
            short="trp",
            schema=_policy_schema(PolicySpec, "Traces the labelled workloads of its own namespace."),
            columns=_POLICY_COLUMNS,
        ),
        names.CLUSTER_POLICY_PLURAL: _definition(
            kind=names.CLUSTER_POLICY_KIND,
            plural=names.CLUSTER_POLICY_PLURAL,
            short="ctrp",
            schema=_policy_schema(ClusterPolicySpec, "Traces the labelled workloads of the namespaces it selects."),
            columns=_POLICY_COLUMNS,
            scope="Cluster",
        ),
        names.TRACED_WORKLOAD_PLURAL: _definition(
            kind=names.TRACED_WORKLOAD_KIND,
            plural=names.TRACED_WORKLOAD_PLURAL,
            short="trw",
            schema=_object(
                "What Tracereach knows and remembers about one workload. Written by the operator only.",
                spec=structural(TracedWorkloadSpec),
                status=structural(TracedWorkloadStatus),
            ),
            columns=_WORKLOAD_COLUMNS,
        ),
    }


def structural(model: type[Model]) -> dict[str, Any]:
    """The structural schema of `model`: references resolved, optional fields plain, nothing but what the API knows."""
    schema = model.model_json_schema(by_alias=True)
    return _structural(schema, schema.get("$defs", {}))


def _structural(node: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        target = shared[node["$ref"].rsplit("/", 1)[1]]
        return _structural({**target, **{key: value for key, value in node.items() if key != "$ref"}}, shared)
    if "anyOf" in node and "x-kubernetes-int-or-string" not in node:
        (only,) = [branch for branch in node["anyOf"] if branch.get("type") != "null"]
        return _structural({**only, **{key: value for key, value in node.items() if key != "anyOf"}}, shared)
    result = {key: value for key, value in node.items() if key in _KEPT or key.startswith("x-kubernetes-")}
    if "const" in node:
        result["enum"] = [node["const"]]
    if "x-kubernetes-int-or-string" in node:
        result["anyOf"] = node["anyOf"]
        result.pop("type", None)
    if result.get("default", "") is None:
        del result["default"]
    if isinstance(result.get("default"), Mapping):
        result["default"] = _without_nulls(result["default"])
    if "items" in node:
        result["items"] = _structural(node["items"], shared)
    if values := _values_of_map(node):
        result["additionalProperties"] = _structural(values, shared)
    if "properties" in node:
        result["properties"] = {name: _structural(value, shared) for name, value in node["properties"].items()}
    return result


def _values_of_map(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of a map's values. A pattern for its keys is no part of a structural schema; a CEL rule says it."""
    if "patternProperties" in node:
        (values,) = node["patternProperties"].values()
        return dict(values)
    values = node.get("additionalProperties")
    return values if isinstance(values, Mapping) else None


def _without_nulls(default: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in default.items() if value is not None}


def _policy_schema(spec: type[PolicySpec], description: str) -> dict[str, Any]:
    schema = _object(description, spec=structural(spec), status=structural(PolicyStatus))
    schema["required"] = ["spec"]
    schema["properties"]["status"]["default"] = {"observedGeneration": -1}
    schema["x-kubernetes-validations"] = [
        cel(f"size(self.metadata.name) <= {LONGEST_NAME}", f"metadata.name {LONGEST_NAME_RULE}")
    ]
    return schema


def _object(description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    head = {name: {"type": "string"} for name in ("apiVersion", "kind")} | {"metadata": {"type": "object"}}
    return {"type": "object", "description": description, "properties": head | properties}


def _definition(
    *,
    kind: str,
    plural: str,
    short: str,
    schema: dict[str, Any],
    columns: list[dict[str, Any]],
    scope: str = "Namespaced",
) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "scope": scope,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                "shortNames": [short],
                "categories": [names.CATEGORY],
            },
            "versions": [
                {
                    "name": names.VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": columns,
                }
            ],
        },
    }


def write(directory: Path) -> None:
    """Write one file for each definition into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for plural, definition in definitions().items():
        text = yaml.safe_dump(definition, sort_keys=False, width=120)
        (directory / f"{plural}.{names.GROUP}.yaml").write_text(f"# Generated by make generate; do not edit.\n{text}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write(Path(argument))
