"""What the operator is set to, for work on files where none is there to ask: of this release, or out of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Installation:
    """What an operator has, as far as the files tell."""

    catalogue: Catalogue
    webhook: bool = True
    """Off only where the operator's settings are there and do not switch it on."""
    assumed: bool = False
    """Whether no file told, so that it is taken to be this release's."""


def load_installation(path: str | None) -> Installation:
    """The installation that the file at `path` tells of, or this release's. Raises `InputRefused`.

    The file holds a catalogue, the operator's settings, or its ConfigMap, as from kubectl or among others from Helm.
    """
    if path is None:
        return Installation(_of_this_release(), assumed=True)
    documents = [document for document in read_sources([path])[0].documents if document.content is not None]
    for document in documents:
        if (found := _installation_in(document)) is not None:
            return found
    raise InputRefused(
        f"{path}: has no catalogue: give a map with agents, collector and gateway, or the operator's ConfigMap"
    )


def _of_this_release() -> Catalogue:
    return Catalogue(
        agents={
            "java": f"{_REGISTRY}/agent-java:{__version__}",
            "nodejs": f"{_REGISTRY}/agent-nodejs:{__version__}",
            "python": f"{_REGISTRY}/agent-python:{__version__}",
        },
        collector=f"{_REGISTRY}/collector:{__version__}",
        gateway=_GATEWAY,
    )


def _installation_in(document: Document) -> Installation | None:
    """What `document` tells of an installation; None where it is something else."""
    content = document.content
    if not isinstance(content, Mapping):
        return None
    if "agents" in content:
        return Installation(_validated(content, document))
    if content.get("kind") == "ConfigMap" and isinstance(settings := (content.get("data") or {}).get(_SETTINGS), str):
        try:
            content = dialect.load(settings)
        except yaml.YAMLError as error:
            raise document.refused(f"data.{_SETTINGS}: is no YAML", place=("data", _SETTINGS)) from error
    if not isinstance(content, Mapping) or content.get("catalogue") is None:
        return None
    return Installation(_validated(content["catalogue"], document), webhook=content.get("webhook") is True)


def _validated(content: Any, document: Document) -> Catalogue:
    try:
        return Catalogue.model_validate(content)
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in detail['loc']) or 'catalogue'}: {detail['msg'].lower()}"
            for detail in error.errors(include_url=False)
        )
        raise document.refused("; ".join(problems)) from error
