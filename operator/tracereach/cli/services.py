"""The Services that lie beside the workloads: by their names templates tell whom a workload calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracereach.cli.schema import ServiceSchema, check
from tracereach.cli.sources import Document
from tracereach.cli.workloads import objects, texts


@dataclass(frozen=True)
class ManifestService:
    """A Service in a file; without a selector it leads to no pods of the files."""

    namespace: str
    name: str
    selector: Mapping[str, str]
    cluster_ips: tuple[str, ...] = ()
    """Its addresses; a file that nobody got from a cluster has none."""
    external_name: str = ""
    """The host that it stands for, where it is only a name for another."""


def services(document: Document, *, namespace: str) -> Iterator[ManifestService]:
    """Each Service in `document`; `namespace` is that of those that name none. Raises `InputRefused`."""
    for place, body in objects(document.content):
        if body.get("kind") == "Service" and body.get("apiVersion") == "v1":
            check(ServiceSchema, document, place, body)
            metadata, spec = body["metadata"], body.get("spec") or {}
            yield ManifestService(
                metadata.get("namespace") or namespace,
                metadata["name"],
                texts(spec, "selector"),
                tuple(spec.get("clusterIPs") or ()),
                spec.get("externalName") or "",
            )
