"""What the user of a container has set of OpenTelemetry, read once for all containers that are set up alike."""

from dataclasses import dataclass
from functools import lru_cache

from tracereach.inject.containers import Container, environment
from tracereach.inject.copying import freeze, thaw
from tracereach.inject.exporting import Destination, Present, destination

_PREFIXES = ("OTEL_", "TRACEREACH_")
"""How every variable begins that is set here, or is in a group with one."""


@dataclass(frozen=True, eq=False)
class OwnSettings:
    """The user's variables, and what they come to: one object for the same ones, whatever container they are in.

    So it is a key of its own to what follows from them alone.
    """

    present: Present
    """Entries of `env` by name. They belong to no template."""
    place: Destination
    """Where they send the container's spans."""


NO_SETTINGS = OwnSettings({}, destination({}))


def read_own_settings(container: Container) -> OwnSettings:
    """What the user of `container` has set."""
    found = {name: entry for name, entry in environment(container).items() if name.startswith(_PREFIXES)}
    return _read(freeze(found)) if found else NO_SETTINGS


@lru_cache(maxsize=1024)
def _read(frozen: bytes) -> OwnSettings:
    present = thaw(frozen)
    return OwnSettings(present, destination(present))
