"""ConfigMaps that lie beside the workloads: what `envFrom` takes from them is known, so it need not be feared.

An agent is kept out of a container whose `envFrom` may hold the variable that loads it, because nobody can look into
ConfigMaps and Secrets of a cluster here. A ConfigMap in the same files can be looked into. Secrets never are.
"""

from collections.abc import Iterator, Mapping

from tracereach.cli.sources import Document
from tracereach.cli.workloads import objects


def config_maps(document: Document, *, namespace: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Namespace, name and data of each ConfigMap in `document`; `namespace` is that of those that name none."""
    for _, body in objects(document.content):
        metadata, data = body.get("metadata"), body.get("data") or {}
        is_config_map = body.get("kind") == "ConfigMap" and body.get("apiVersion") == "v1"
        if is_config_map and isinstance(metadata, Mapping) and isinstance(data, Mapping):
            # The API server reads null as an empty text.
            texts = {str(key): "" if value is None else str(value) for key, value in data.items()}
            yield str(metadata.get("namespace") or namespace), str(metadata.get("name")), texts
