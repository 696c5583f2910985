"""From an object of the API server, or of a file, to a policy that can be trusted, or to a refusal that says why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tracereach.api import names
from tracereach.api.naming import no_string, unfit_name, unfit_namespace
from tracereach.api.policy import ClusterPolicySpec, LabelSelector, PolicySpec
from tracereach.api.schema import Broken

_MESSAGES = {
    "bool_type": "must be true or false",
    "extra_forbidden": "is not a known field",
    "dict_type": "must be a map",
    "int_type": "must be a whole number",
    "missing": "is required",
    "model_type": "must be an object",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
}
"""Our words for the validation library's kinds of errors, where its own would speak of Python."""
_BARE = re.compile(r"(-?[0-9]+|true|false)$")
"""What is a number or a switch in YAML where it has no quotes."""

_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})


@dataclass(frozen=True, order=True)
class PolicyReference:
    """Which policy. `namespace` is empty for a cluster policy."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "PolicyReference":
        """The inverse of `str`. Raises `ValueError` for anything else."""
        kind, *rest = text.split("/")
        if kind == names.POLICY_KIND and len(rest) == 2:
            return cls(kind, rest[0], rest[1])
        if kind == names.CLUSTER_POLICY_KIND and len(rest) == 1:
            return cls(kind, "", rest[0])
        raise ValueError(f"{text!r} names no policy")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `path` is the field as a user writes it, such as `spec.sampling.ratio`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class PolicyRefused(Exception):
    """The object is no valid policy; nothing of it may be used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Policy:
    """An accepted policy."""

    reference: PolicyReference
    spec: PolicySpec
    created: str = ""
    """RFC 3339, as the API server wrote it; sorts by age. Empty in files."""

    @property
    def namespace_selector(self) -> LabelSelector | None:
        """The selector of namespaces, or None where the policy serves its own namespace."""
        return self.spec.namespace_selector if isinstance(self.spec, ClusterPolicySpec) else None


def reference_of(body: Mapping[str, Any]) -> PolicyReference:
    """Which policy `body` is. Raises `PolicyRefused` where it is no policy of ours or has no name."""
    kind = body.get("kind")
    metadata = body.get("metadata")
    if body.get("apiVersion") != names.API_VERSION:
        raise PolicyRefused((Problem("apiVersion", f"must be {names.API_VERSION}"),))
    if kind not in (names.POLICY_KIND, names.CLUSTER_POLICY_KIND):
        raise PolicyRefused((Problem("kind", f"must be {names.POLICY_KIND} or {names.CLUSTER_POLICY_KIND}"),))
    if not isinstance(metadata, Mapping):
        raise PolicyRefused((Problem("metadata.name", _MESSAGES["missing"]),))
    said = {"name": unfit_name(metadata.get("name")), "namespace": unfit_namespace(metadata.get("namespace"))}
    if problems := tuple(Problem(f"metadata.{field}", message) for field, message in said.items() if message):
        raise PolicyRefused(problems)
    namespace = str(metadata.get("namespace") or "") if kind == names.POLICY_KIND else ""
    return PolicyReference(str(kind), namespace, metadata["name"])


def accept(body: Mapping[str, Any]) -> Policy:
    """The policy that `body` describes, defaults filled in. Raises `PolicyRefused` with every problem found."""
    reference = reference_of(body)
    model = PolicySpec if reference.kind == names.POLICY_KIND else ClusterPolicySpec
    unknown = tuple(Problem(str(field), _MESSAGES["extra_forbidden"]) for field in body if field not in _FIELDS)
    try:
        spec = model.model_validate(body.get("spec") or {}, by_name=False)
    except ValidationError as error:
        raise PolicyRefused((*unknown, *_problems(error))) from error
    if unknown:
        raise PolicyRefused(unknown)
    return Policy(reference, spec, created=str(body["metadata"].get("creationTimestamp") or ""))


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    return tuple(
        Problem(_path((*detail["loc"], *_field(detail))), _message(detail))
        for detail in error.errors(include_url=False)
        # A list whose items were refused counts as empty; the items' own problems say it better.
        if not (detail["type"] == "too_short" and detail["input"])
    )


def _field(detail: Any) -> tuple[str, ...]:
    error = detail.get("ctx", {}).get("error")
    return error.field if isinstance(error, Broken) else ()


def _path(location: tuple[int | str, ...]) -> str:
    """`("env", 0, "name")` as `spec.env[0].name`."""
    parts = (part for part in location if part != "[key]")
    return "spec" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _message(detail: Any) -> str:
    match detail["type"]:
        case kind if kind in _MESSAGES:
            return _MESSAGES[kind] + ("; leave out the quotes" if _is_quoted(detail) else "")
        case "string_pattern_mismatch":
            return f"{detail['input']!r} does not match {detail['ctx']['pattern']}"
        case "string_type":
            return no_string(detail["input"])
        case "too_long":
            noun = "entries" if isinstance(detail["input"], Mapping) else "items"
            return f"must have at most {detail['ctx']['max_length']} {noun}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return str(detail["msg"])[0].lower() + str(detail["msg"])[1:]


def _is_quoted(detail: Any) -> bool:
    is_scalar = detail["type"] in {"bool_type", "int_type"}
    return is_scalar and isinstance(detail["input"], str) and bool(_BARE.match(detail["input"]))
