"""The workloads and namespaces in a document of a manifest, whether it is one object or a `List` of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from tracereach.api.workload import PLURALS, WorkloadReference
from tracereach.cli.sources import Document

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

_NAME_LABEL = "kubernetes.io/metadata.name"
"""The API server puts it on every namespace."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Named(_Part):
    name: str


class _Mount(_Part):
    mount_path: str


class _Container(_Named):
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[_Named] | None = None
    ports: list[dict[str, Any]] | None = None
    volume_mounts: list[_Mount] | None = None


class _PodSpec(_Part):
    containers: list[_Container]
    init_containers: list[_Container] | None = None
    volumes: list[_Named] | None = None


class _Metadata(_Part):
    annotations: dict[str, Any] | None = None
    labels: dict[str, Any] | None = None


class _PodTemplate(_Part):
    """As much of a pod template as an injection relies on."""

    metadata: _Metadata | None = None
    spec: _PodSpec


@dataclass(frozen=True)
class ManifestWorkload:
    """A Deployment, StatefulSet or DaemonSet in a file."""

    document: Document
    place: Place
    """Of its pod template within the document."""
    reference: WorkloadReference
    labels: Mapping[str, str]
    template: dict[str, Any]


def workloads(document: Document, *, namespace: str) -> Iterator[ManifestWorkload]:
    """The workloads of `document`; `namespace` is that of those that name none. Raises `InputRefused`."""
    for place, body in _objects(document.content):
        if body.get("kind") in PLURALS and str(body.get("apiVersion")).startswith("apps/"):
            metadata = _metadata(body)
            if not metadata.get("name"):
                raise document.refused(f"{_path((*place, 'metadata', 'name'))}: is required")
            reference = WorkloadReference(
                str(metadata.get("namespace") or namespace), str(body["kind"]), str(metadata["name"])
            )
            spec = body.get("spec")
            template_place = (*place, "spec", "template")
            template = _template(document, template_place, spec.get("template") if isinstance(spec, Mapping) else None)
            yield ManifestWorkload(document, template_place, reference, _labels(metadata), template)


def namespace_labels(document: Document) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and labels of each Namespace in `document`."""
    for _, body in _objects(document.content):
        if body.get("kind") == "Namespace" and body.get("apiVersion") == "v1":
            metadata = _metadata(body)
            name = str(metadata.get("name"))
            yield name, _labels(metadata) | default_namespace_labels(name)


def default_namespace_labels(name: str) -> dict[str, str]:
    """The labels that every namespace has."""
    return {_NAME_LABEL: name}


def put(content: Any, place: Place, value: Any) -> Any:
    """`content` with `value` at `place`; what is on the way is copied, so `content` stays."""
    if not place:
        return value
    first, *rest = place
    inner = put(content[first], tuple(rest), value)
    if isinstance(content, dict):
        return content | {first: inner}
    return [inner if index == first else item for index, item in enumerate(content)]


def _objects(content: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    if not isinstance(content, Mapping):
        return
    if content.get("kind") == "List" and isinstance(content.get("items"), list):
        for index, item in enumerate(content["items"]):
            yield from _objects(item, (*place, "items", index))
    else:
        yield place, content


def _metadata(body: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = body.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _labels(metadata: Mapping[str, Any]) -> dict[str, str]:
    labels = metadata.get("labels")
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, Mapping) else {}


def _template(document: Document, place: Place, template: Any) -> dict[str, Any]:
    """`template` itself, when an injection can rely on its form."""
    try:
        _PodTemplate.model_validate(template)
    except ValidationError as error:
        problems = "; ".join(
            f"{_path((*place, *detail['loc']))}: {detail['msg'].lower()}" for detail in error.errors(include_url=False)
        )
        raise document.refused(problems) from error
    result: dict[str, Any] = template
    return result


def _path(place: Place) -> str:
    """`("items", 0, "spec")` as `items[0].spec`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
