"""The images for work on files, where no operator is there to ask: those of this release, or those of a file."""

from pydantic import ValidationError

from tracereach import __version__
from tracereach.api.catalogue import Catalogue
from tracereach.cli.sources import read_sources

_REGISTRY = "ghcr.io/tracereach"
_GATEWAY = "tracereach-gateway.tracereach-system.svc:4317"


def load_catalogue(path: str | None) -> Catalogue:
    """The catalogue in the file at `path`, or this release's. Raises `InputRefused`."""
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
    document = read_sources([path])[0].documents[-1]
    try:
        return Catalogue.model_validate(document.content)
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in detail['loc']) or 'catalogue'}: {detail['msg'].lower()}"
            for detail in error.errors(include_url=False)
        )
        raise document.refused("; ".join(problems)) from error
