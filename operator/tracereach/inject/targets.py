"""Which containers of a template are injected, each with its agents; and which are not, each with its reason."""

from typing import Any, NamedTuple

from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.inject.agents import AGENTS, go
from tracereach.inject.containers import Container, containers
from tracereach.inject.env_from import spelled_out
from tracereach.inject.evidence import Choice, choose
from tracereach.inject.exporting import Destination, able_to_export
from tracereach.inject.injection import Injected, Injection, Merge, PodTemplate, Skipped
from tracereach.inject.loading import NO_LOADING, Loading, plan_loading
from tracereach.inject.lost_loaders import lost_loaders
from tracereach.inject.own_attributes import attributes_extension
from tracereach.inject.own_settings import OwnSettings, read_own_settings
from tracereach.inject.stamp import Extension
from tracereach.inject.traits import traits
from tracereach.inject.user_settings import disabled, left

_WITH_VARIANTS = frozenset(agent.name for agent in AGENTS.values() if agent.variants)
_NO_TRAITS = frozenset[str]()


class Target(NamedTuple):
    """One container to inject."""

    container: dict[str, Any]
    view: Container
    """The container as if it named what its `envFrom` is known to take in."""
    own: OwnSettings
    """What its user has set of OpenTelemetry."""
    choice: Choice
    loading: Loading = NO_LOADING
    followed: str = ""
    """The path of its Go program, where the eBPF agent is to follow it from beside."""
    attributes: Extension | None = None
    """How the user's own `OTEL_RESOURCE_ATTRIBUTES` are extended, if they can be."""

    @property
    def exports_elsewhere(self) -> bool:
        """Whether its spans go to an endpoint of the user's, so that a collector beside it would get none."""
        return self.own.place in (Destination.OWN, Destination.OTHER)

    @property
    def merged(self) -> bool:
        """Whether a variable of the user's has to be extended, so that its parts go in by a merge."""
        return self.attributes is not None or bool(self.loading.extended)

    def outcome(self, revision: Revision, *, sidecar: bool) -> Injected:
        """What the container gets, in a pod with or without a collector."""
        untouched = left(self.view, self.own, revision, sidecar=sidecar)
        told = untouched + lost_loaders(self.container, self.loading)
        return Injected(self.container["name"], self.choice.agents, self.choice.why, self.merged, told)


def find_targets(
    template: PodTemplate, injection: Injection, merge: Merge, *, sidecar: bool
) -> tuple[list[Target], tuple[Skipped, ...]]:
    """The targets of `template`, and the other containers; `sidecar` is whether a collector goes into the pod."""
    targets: list[Target] = []
    skipped = []
    for container in containers(template):
        outcome = _consider(template, container, injection, merge, sidecar=sidecar)
        if isinstance(outcome, Target) and outcome.followed and any(target.followed for target in targets):
            outcome = Skipped(
                outcome.container["name"], Reason.EBPF_IMPOSSIBLE, "the agent follows one container a pod"
            )
        if isinstance(outcome, Skipped):
            skipped.append(outcome)
        else:
            targets.append(outcome)
    return targets, tuple(skipped)


def _consider(
    template: PodTemplate, container: dict[str, Any], injection: Injection, merge: Merge, *, sidecar: bool
) -> Target | Skipped:
    view = spelled_out(container, injection.config_maps)
    own = read_own_settings(view)
    choice = disabled(view, own) or _choice(template, view, injection)
    if isinstance(choice, Skipped):
        return choice
    choice = able_to_export(
        choice, own.present, own.place, injection.revision, container=container["name"], sidecar=sidecar
    )
    if isinstance(choice, Skipped):
        return choice
    if go.NAME in choice.agents:
        return _followed(template, Target(container, view, own, choice), injection)
    its_traits = _NO_TRAITS if _WITH_VARIANTS.isdisjoint(choice.agents) else traits(template, view)
    loading = plan_loading(container, view, choice.agents, merge, traits=its_traits, known=injection.config_maps)
    if isinstance(loading, Skipped):
        return loading
    attributes = None if merge is Merge.SKIP else attributes_extension(template, container, injection)
    return Target(container, view, own, choice, loading, attributes=attributes)


def _followed(template: PodTemplate, target: Target, injection: Injection) -> Target | Skipped:
    """A container that the Go agent follows. It gets nothing itself, so no other agent either."""
    if obstacle := go.obstacle(template, target.container, injection):
        return Skipped(target.container["name"], *obstacle)
    alone = target.choice._replace(agents=(go.NAME,))
    return target._replace(choice=alone, followed=go.executable(template, target.container))


def _choice(template: PodTemplate, container: Container, injection: Injection) -> Choice | Skipped:
    """The container's agents, each of which is at hand."""
    choice = choose(template, container, injection.revision.spec, telemetry=injection.telemetry)
    if isinstance(choice, Skipped):
        return choice
    available = choice.without(AGENTS.keys() - injection.revision.catalogue.agents)
    if available is None:
        message = f"the catalogue has no image for {', '.join(choice.agents)}"
        return Skipped(container["name"], Reason.AGENT_UNAVAILABLE, message)
    return available
