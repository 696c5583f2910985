"""The images for work on files, where no operator is there to ask: those of this release, or those of a file."""

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from tracereach import __version__
from tracereach.api.catalogue import Catalogue
from tracereach.cli import dialect
from tracereach.cli.errors import InputRefused
from tracereach.cli.sources import Document, read_sources

_REGISTRY = "ghcr.io/tracereach"
_GATEWAY = "tracereach-gateway.tracereach-system.svc:4317"
_SETTINGS = "config.yaml"
"""The key of the operator's ConfigMap."""


def load_catalogue(path: str | None) -> Catalogue:
    """The catalogue in the file at `path`, or this release's. Raises `InputRefused`.

    The file holds a catalogue, the operator's settings, or its ConfigMap, as from kubectl or among others from Helm.
    """
    if path is None:
        return Catalogue(
            agents={
                "java": f"{_REGISTRY}/agent-java:{__version__}",
                "nodejs": f"{_REGISTRY}/agent-nodejs:{__version__}",
                "python": f"{_REGISTRY}/agent-python:{__version__}",
            },
            collector=f"{_REGISTRY}/collector:{__version__}",
            gateway=_GATEWAY,
        )
    documents = [document for document in read_sources([path])[0].documents if document.content is not None]
    for document in documents:
        if (found := _catalogue_in(document)) is not None:
            return _validated(found, document)
    raise InputRefused(
        f"{path}: has no catalogue: give a map with agents, collector and gateway, or the operator's ConfigMap"
    )


def _catalogue_in(document: Document) -> Any:
    """What `document` holds as a catalogue; None where it is something else."""
    content = document.content
    if not isinstance(content, Mapping):
        return None
    if "agents" in content:
        return content
    if content.get("kind") == "ConfigMap" and isinstance(settings := (content.get("data") or {}).get(_SETTINGS), str):
        try:
            content = dialect.load(settings)
        except yaml.YAMLError as error:
            raise document.refused(f"data.{_SETTINGS}: is no YAML", place=("data", _SETTINGS)) from error
    return content.get("catalogue") if isinstance(content, Mapping) else None


def _validated(content: Any, document: Document) -> Catalogue:
    try:
        return Catalogue.model_validate(content)
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in detail['loc']) or 'catalogue'}: {detail['msg'].lower()}"
            for detail in error.errors(include_url=False)
        )
        raise document.refused("; ".join(problems)) from error
