"""What all agents have in common: an image, a place in the container, and variables that make the runtime load it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracereach.api import names
from tracereach.api.catalogue import PackagedAgent


@dataclass(frozen=True, kw_only=True)
class Loader:
    """A variable by which a runtime loads an agent, and how a user's own value of it is extended."""

    name: str
    value: str
    """Where the user sets none."""
    before: str = ""
    after: str = ""
    """A user's value becomes `before`, the value, `after`."""
    exclusive: bool = False
    """Whether a user's value cannot be extended: it names another agent."""
    harmless_unset: bool = False
    """Whether a reference that leads nowhere, and so stays in the value as `$(NAME)`, does no harm."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One language's agent, in the layout of the OpenTelemetry community's images."""

    name: PackagedAgent
    loaders: tuple[Loader, ...]
    """The variables by which the runtime loads the agent: all of them, or it is not loaded."""
    variants: Mapping[str, tuple[Loader, ...]] = field(default_factory=dict)
    """Other loaders, for a container with the trait that is the key (see `traits`)."""
    mount_path: str
    sub_path: str
    """The folder of the image to mount; empty for the whole image."""
    copied: str
    """What an init container copies out of the image, for `cp -r`."""
    size_limit: str
    """Of the volume it is copied to; about twice what the agent takes."""
    protocols: frozenset[str] = frozenset({"grpc", "http/protobuf"})
    """What it can export by itself, where no sidecar is beside it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings without which the agent surprises its user."""
    commands: frozenset[str] = frozenset()
    """Names of executables that are this language's runtime or start it."""
    variables: frozenset[str] = frozenset()
    """Variables that only a process of this language would be given."""
    variable_prefixes: tuple[str, ...] = ()
    """Beginnings of such variables, where all that begin so are this language's."""
    scripts: tuple[str, ...] = ()
    """Suffixes of the files that the runtime runs."""
    images: frozenset[str] = frozenset()
    """Names of public base images that hold nothing but this runtime. Weak evidence: see `evidence`."""

    def is_configured_by(self, variable: str) -> bool:
        """Whether only a process of this language would be given `variable`."""
        return variable in self.variables or variable.startswith(self.variable_prefixes)

    @property
    def volume(self) -> str:
        """The name of its volume."""
        return f"{names.PREFIX}{self.name}"

    @property
    def copier(self) -> str:
        """The name of the init container that copies it."""
        return f"{names.PREFIX}agent-{self.name}"

    def loaders_for(self, traits: frozenset[str]) -> tuple[Loader, ...]:
        """The loaders in a container with `traits`."""
        if not self.variants:
            return self.loaders
        return next((self.variants[trait] for trait in sorted(traits) if trait in self.variants), self.loaders)

    @property
    def loader_names(self) -> frozenset[str]:
        """Every variable by which it may be loaded."""
        return frozenset(loader.name for loaders in (self.loaders, *self.variants.values()) for loader in loaders)


def words(text: str) -> frozenset[str]:
    """The words of a table that is written as running text."""
    return frozenset(text.split())
