"""The workloads and namespaces in a document of a manifest, whether it is one object or a list of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracereach.api.workload import PLURALS, WorkloadReference
from tracereach.cli.places import Place
from tracereach.cli.schema import NamespaceSchema, WorkloadSchema, check
from tracereach.cli.sources import Document

_NAME_LABEL = "kubernetes.io/metadata.name"
"""The API server puts it on every namespace."""


Location = tuple[Document, Place]
"""Of a workload's pod template, in all files."""


@dataclass(frozen=True)
class ManifestWorkload:
    """A Deployment, StatefulSet or DaemonSet in a file."""

    document: Document
    place: Place
    """Of its pod template within the document."""
    reference: WorkloadReference
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    """Its own, not its pods'."""
    spec: Mapping[str, Any]
    status: Mapping[str, Any] = field(default_factory=dict)
    """What its controller says of it; a file that nobody got from a cluster has none."""
    uid: str = ""
    generation: int = 0

    @property
    def location(self) -> Location:
        """Where its pod template stands."""
        return self.document, self.place

    @property
    def template(self) -> dict[str, Any]:
        """Its pod template."""
        template: dict[str, Any] = self.spec["template"]
        return template

    @property
    def pod_labels(self) -> dict[str, str]:
        """Those of its pods."""
        return texts(self.template.get("metadata") or {}, "labels")


@dataclass(frozen=True)
class ManifestNamespace:
    """A Namespace."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    known: bool
    """Whether it is in a file."""

    @property
    def metadata(self) -> dict[str, Mapping[str, str]]:
        """Labels and annotations as Kubernetes has them."""
        return {"labels": self.labels, "annotations": self.annotations}


def workloads(document: Document, *, namespace: str) -> Iterator[ManifestWorkload]:
    """The workloads of `document`; `namespace` is that of those that name none. Raises `InputRefused`."""
    for place, body in objects(document.content):
        if str(body.get("kind")) in PLURALS and str(body.get("apiVersion")).startswith("apps/"):
            check(WorkloadSchema, document, place, body)
            metadata = body["metadata"]
            reference = WorkloadReference(metadata.get("namespace") or namespace, body["kind"], metadata["name"])
            template_place = (*place, "spec", "template")
            labels, annotations = texts(metadata, "labels"), texts(metadata, "annotations")
            yield ManifestWorkload(
                document,
                template_place,
                reference,
                labels,
                annotations,
                body["spec"],
                **_from_a_cluster(body),
            )


def _from_a_cluster(body: Mapping[str, Any]) -> dict[str, Any]:
    """What only an API server writes. A file may hold anything there."""
    status, metadata = body.get("status"), body["metadata"]
    generation = metadata.get("generation")
    return {
        "status": status if isinstance(status, Mapping) else {},
        "uid": str(metadata.get("uid") or ""),
        "generation": generation if isinstance(generation, int) else 0,
    }


def namespaces(document: Document) -> Iterator[ManifestNamespace]:
    """Each Namespace in `document`. Raises `InputRefused`."""
    for place, body in objects(document.content):
        if body.get("kind") == "Namespace" and body.get("apiVersion") == "v1":
            check(NamespaceSchema, document, place, body)
            metadata = body["metadata"]
            name = metadata["name"]
            labels = texts(metadata, "labels") | {_NAME_LABEL: name}
            yield ManifestNamespace(name, labels, texts(metadata, "annotations"), known=True)


def unknown_namespace(name: str) -> ManifestNamespace:
    """What can be said of a namespace that is in no file: the label that each has."""
    return ManifestNamespace(name, {_NAME_LABEL: name}, {}, known=False)


def put(content: Any, place: Place, value: Any) -> Any:
    """`content` with `value` at `place`; what is on the way is copied, so `content` stays."""
    if not place:
        return value
    first, *rest = place
    inner = put(content[first], tuple(rest), value)
    if isinstance(content, dict):
        return content | {first: inner}
    return [inner if index == first else item for index, item in enumerate(content)]


def objects(content: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every object of `content`. Those of a `DeploymentList` need not say that each of them is a Deployment."""
    if not isinstance(content, Mapping):
        return
    kind, items = str(content.get("kind")), content.get("items")
    if kind.endswith("List") and isinstance(items, list):
        inherited = {"apiVersion": content.get("apiVersion"), "kind": kind.removesuffix("List")}
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield from objects({**inherited, **item}, (*place, "items", index))
    else:
        yield place, content


def texts(metadata: Mapping[str, Any], field: str) -> dict[str, str]:
    """The labels or annotations in `metadata`; the API server reads null as an empty text."""
    return {key: value or "" for key, value in (metadata.get(field) or {}).items()}
