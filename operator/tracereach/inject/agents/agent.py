"""What all agents have in common: an image, a place in the container, and a variable that makes the runtime load it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tracereach.api import names
from tracereach.api.catalogue import AutomaticAgent


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One language's agent, in the layout of the OpenTelemetry community's images."""

    name: AutomaticAgent
    loader: str
    """The variable by which the runtime loads the agent."""
    value: str
    """Its value where the user sets none."""
    extend: Callable[[str], str]
    """From the user's value to one that loads the agent as well."""
    mount_path: str
    sub_path: str
    """The folder of the image to mount; empty for the whole image."""
    copied: str
    """What an init container copies out of the image, for `cp -r`."""
    size_limit: str
    """Of the volume it is copied to; about twice what the agent takes."""
    protocols: frozenset[str] = frozenset({"grpc", "http/protobuf"})
    """What it can export by itself, where no sidecar is beside it."""
    environment: dict[str, str] = field(default_factory=dict)
    """Settings without which the agent surprises its user."""
    commands: frozenset[str] = frozenset()
    """Names of executables that are this language's runtime or start it."""
    variables: frozenset[str] = frozenset()
    """Variables that only a process of this language would be given."""
    images: frozenset[str] = frozenset()
    """Names of public base images that hold nothing but this runtime."""

    @property
    def volume(self) -> str:
        """The name of its volume."""
        return f"{names.PREFIX}{self.name}"

    @property
    def copier(self) -> str:
        """The name of the init container that copies it."""
        return f"{names.PREFIX}agent-{self.name}"
