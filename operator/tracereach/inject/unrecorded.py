"""Parts of an injection whose record is gone, so that nothing can be taken out by it.

Who prunes the annotations of a file gets such a template. To give it back as if it were clean would be to say that all
is done, with the agents still there.
"""

from collections.abc import Iterator

from tracereach.api import names
from tracereach.inject.attributes import DOWNWARD
from tracereach.inject.containers import environment, every_container
from tracereach.inject.injection import PodTemplate
from tracereach.inject.record import read_record


def unrecorded(template: PodTemplate) -> str | None:
    """The first thing in `template` that only an injection writes, where it has no record. Raises `DamagedRecord`."""
    return None if read_record(template) else next(_signs(template), None)


def _signs(template: PodTemplate) -> Iterator[str]:
    for volume in template["spec"].get("volumes") or ():
        if volume["name"].startswith(names.PREFIX):
            yield f"volume {volume['name']}"
    for container in every_container(template):
        if container["name"].startswith(names.PREFIX):
            yield f"container {container['name']}"
    for container in every_container(template):
        for name in (name for name in DOWNWARD if name in environment(container)):
            yield f"variable {name} of container {container['name']}"
    metadata = template.get("metadata") or {}
    if names.REVISION_LABEL in (metadata.get("labels") or {}):
        yield f"label {names.REVISION_LABEL}"
