"""The environment of one container: what OpenTelemetry needs, less what the user has set.

The user always wins, and by groups (`tracereach.api.environment`): of a group that the user has touched nothing is
added, because half of each would be a third thing that nobody meant. `exporting` knows the group of the exporter.
"""

from collections.abc import Iterator
from functools import lru_cache

from tracereach.api.environment import VARIABLES, Group, members
from tracereach.api.propagators import PROPAGATORS
from tracereach.api.revision import Revision
from tracereach.inject.agents import AGENTS
from tracereach.inject.attributes import downward_variables, encode, resource_attributes, service_name
from tracereach.inject.containers import is_set
from tracereach.inject.exporting import Destination, Present, exporter_variables, left_exporter
from tracereach.inject.injection import Injection, PodTemplate
from tracereach.inject.own_settings import OwnSettings
from tracereach.inject.parts import Kit, Parts, kit, variable
from tracereach.inject.targets import Target
from tracereach.inject.user_settings import names_service

_NAME, _ATTRIBUTES = "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"
"""Who a service is: the variables that differ between workloads."""
_RATIO_SAMPLERS = frozenset({"traceidratio", "parentbased_traceidratio"})


def wanted_variables(template: PodTemplate, target: Target, injection: Injection, *, sidecar: bool) -> Parts:
    """Entries of `env` for a container, in an order in which every `$(…)` refers to an earlier one.

    What `envFrom` takes in is not seen (but see `env_from.spelled_out`): an entry of ours wins over a variable of the
    same name from there.
    """
    settings = _of_any_workload(target.own, injection.revision, target.choice.agents, sidecar=sidecar)
    attributes = encode(resource_attributes(template, target.view, injection))
    return settings.filled({_NAME: service_name(template, injection), _ATTRIBUTES: attributes})


@lru_cache(maxsize=1024)
def _of_any_workload(own: OwnSettings, revision: Revision, agents: tuple[str, ...], *, sidecar: bool) -> Kit:
    """The variables of every container with these settings of its user's, without what names the workload."""
    present, place = own.present, own.place
    wanted = (
        variable(_NAME, ""),
        variable(_ATTRIBUTES, ""),
        variable("OTEL_TRACES_EXPORTER", "otlp"),
        variable("OTEL_METRICS_EXPORTER", "none"),
        variable("OTEL_LOGS_EXPORTER", "none"),
        *exporter_variables(present, place, revision, agents, sidecar=sidecar),
        *(variable(name, value) for name, value in _asked(revision, agents)),
    )
    return kit(
        (
            *(entry for entry in downward_variables() if entry["name"] not in present),
            *(entry for entry in wanted if not left_to_user(present, place, entry["name"])),
        ),
        "env",
    )


def left_to_user(present: Present, place: Destination, name: str) -> bool:
    """Whether the user, whose variables are `present`, has set `name`, or so much of its group that it stays out."""
    if name in present:
        return True
    variable = VARIABLES.get(name)
    match variable.group if variable else None:
        case None:
            return name == "OTEL_SERVICE_NAME" and names_service(present)
        case Group.EXPORTER:
            return left_exporter(present, place, name)
        case Group.SAMPLER:
            # Even one without a value: its name is taken, so the sampler could only be set by half.
            return not members(Group.SAMPLER).isdisjoint(present)
        case group:
            # A signal that the user exports must not stop because traces are wanted.
            everywhere = is_set(present.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
            return everywhere or any(is_set(present.get(member)) for member in members(group))


def propagators_for(revision: Revision, agents: tuple[str, ...]) -> tuple[str, ...]:
    """The policy's propagators that one of `agents` has, in the policy's order; all of them where none has any."""
    asked = tuple(dict.fromkeys(revision.spec.propagation.propagators))
    return tuple(name for name in asked if not PROPAGATORS[name].agents.isdisjoint(agents)) or asked


@lru_cache(maxsize=256)
def _asked(revision: Revision, agents: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The variables that are the same in every container with `agents`. What the policy sets by name wins."""
    asked = {variable.name: variable.value for variable in revision.spec.env}
    ours = {
        # The stable HTTP conventions: the old ones leave out the address that a hop went to.
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
        # A process that a signal ends loses what it has gathered. The collector is near, so nothing need wait longer.
        "OTEL_BSP_SCHEDULE_DELAY": "1000",
        **{name: value for agent in agents if agent in AGENTS for name, value in AGENTS[agent].environment.items()},
    }
    return (
        ("OTEL_PROPAGATORS", ",".join(propagators_for(revision, agents))),
        *_sampler(revision),
        *(asked | {name: value for name, value in ours.items() if name not in asked}).items(),
    )


def _sampler(revision: Revision) -> Iterator[tuple[str, str]]:
    sampling = revision.spec.sampling
    yield "OTEL_TRACES_SAMPLER", sampling.sampler
    if sampling.sampler in _RATIO_SAMPLERS:
        yield "OTEL_TRACES_SAMPLER_ARG", sampling.ratio
