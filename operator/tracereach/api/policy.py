"""The specification of a `TracingPolicy`: every field, its default and its bounds.

The CRDs in `crds/` and the table of defaults in the documentation are generated from these models.
"""

import re
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StringConstraints, field_validator, model_validator

from tracereach.api.environment import SETTABLE
from tracereach.api.export import GRPC_PORT, HTTP_PORT, Export
from tracereach.api.propagators import DEFAULT_PROPAGATORS, AgentName, PropagatorName
from tracereach.api.schema import (
    NO_EXPANSION,
    PERCENTAGE,
    Broken,
    LabelKey,
    LabelValue,
    Model,
    Name,
    Percentage,
    Ratio,
    Seconds,
    Text,
    cel,
    rules,
)

Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
_KEY = r"^[A-Za-z][-A-Za-z0-9_./]*$"
_KEY_RULE = "keys must be attribute names: letters, digits and . _ - / after a first letter"
AttributeKey = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_KEY)]
Attributes = Annotated[
    dict[AttributeKey, Text],
    Field(max_length=32, json_schema_extra=rules(cel(f"self.all(key, key.matches('{_KEY}'))", _KEY_RULE))),
]
Labels = Annotated[dict[LabelKey, LabelValue], Field(max_length=32)]


_VALUES = "must have values for In and NotIn, and none for Exists and DoesNotExist"


class LabelRequirement(Model):
    """One expression of a label selector."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                _VALUES,
            )
        )
    )

    key: LabelKey
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: Annotated[tuple[LabelValue, ...], Field(max_length=32)] = ()

    @model_validator(mode="after")
    def _has_the_values_it_needs(self) -> "LabelRequirement":
        if (self.operator in {"In", "NotIn"}) != bool(self.values):
            raise ValueError(_VALUES)
        return self


class LabelSelector(Model):
    """A Kubernetes label selector that selects something: an empty one would select every workload."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "(has(self.matchLabels) && size(self.matchLabels) > 0)"
                " || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",
                "must not be empty: name at least one label",
            )
        )
    )

    match_labels: Labels = {}
    match_expressions: Annotated[tuple[LabelRequirement, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _selects_something(self) -> "LabelSelector":
        if not self.match_labels and not self.match_expressions:
            raise ValueError("must not be empty: name at least one label")
        return self


class Containers(Model):
    """Which containers of a matched workload stay as they are. Known proxies always do."""

    exclude: Annotated[tuple[Name, ...], Field(max_length=16)] = ()
    """Names of containers."""


class Propagation(Model):
    """How trace context travels between services."""

    propagators: Annotated[tuple[PropagatorName, ...], Field(min_length=1, max_length=6)] = DEFAULT_PROPAGATORS
    """`OTEL_PROPAGATORS`, in this order."""


class Sampling(Model):
    """Which traces are recorded. A sampler that ignores its parent cuts traces; coverage then says so."""

    sampler: Sampler = "parentbased_always_on"
    """`OTEL_TRACES_SAMPLER`."""
    ratio: Ratio = "1"
    """Share of traces that a ratio sampler records, from 0 to 1."""


class Resource(Model):
    """Resource attributes for every span of the policy's workloads; a workload's own win."""

    attributes: Attributes = {}
    """By key; names follow the OpenTelemetry semantic conventions."""
    use_labels: StrictBool = False
    """Take `service.name` from the pod's label app.kubernetes.io/instance or app.kubernetes.io/name, and
    `service.version` from app.kubernetes.io/version. Without it a service is named after its workload."""


class Variable(Model):
    """An environment variable for every injected container, from the allow-list."""

    name: Annotated[str, Field(json_schema_extra={"enum": list(SETTABLE)})]
    value: Text

    @field_validator("name")
    @classmethod
    def _is_allowed(cls, name: str) -> str:
        if name not in SETTABLE:
            raise ValueError(f"is not a variable a policy may set; allowed are {', '.join(SETTABLE)}")
        return name


class Collector(Model):
    """How spans leave the pod: by a sidecar, or from the SDK directly."""

    mode: Literal["Sidecar", "Direct"] = "Sidecar"
    """Direct spans reach the backend and are not seen by coverage."""


_COUNT_OR_PERCENTAGE = 'must be a count of at least 1, or a percentage from "1%" to "100%"'


class Rollout(Model):
    """The pace of change, and when it stops."""

    canary: Annotated[StrictInt, Field(ge=0, le=10)] = 1
    """Workloads of each agent that go before all others; 0 for none. If one fails, no other with its agent is begun."""
    waves: Annotated[tuple[Percentage, ...], Field(min_length=1, max_length=10)] = ("5%", "25%", "50%", "100%")
    """Cumulative shares of the workloads, each rounded up. A wave begins when the one before has baked."""
    max_concurrent: Annotated[
        int | str,
        Field(
            json_schema_extra=rules(
                cel(f"type(self) == int ? self >= 1 : self.matches('{PERCENTAGE}')", _COUNT_OR_PERCENTAGE)
            )
            | {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
        ),
    ] = "10%"
    """Workloads in progress at once: a count, or a percentage of the matched ones, rounded up."""
    min_healthy_seconds: Seconds = 30
    """How long all new pods must be ready before a workload counts as healthy, and its slot is free."""
    bake_seconds: Seconds = 120
    """Pause between waves, and how long after it was healthy a workload that breaks is still put back."""
    progress_deadline_seconds: Annotated[StrictInt, Field(ge=10, le=86400)] = 600
    """How long the pods of a workload may take to become ready; then it has failed."""
    max_failures: Annotated[StrictInt, Field(ge=0, le=1000)] = 2
    """With more failed workloads than this, no other is begun. Those put back count."""
    max_new_targets: Annotated[StrictInt, Field(ge=1, le=10000)] = 50
    """More workloads that are not injected yet wait until their number is approved, by an annotation on the policy."""
    on_failure: Literal["Rollback", "Pause"] = "Rollback"
    """What becomes of a failed workload: it is put back, or stays as it is and no other is begun."""
    paused: StrictBool = False
    """Begin nothing new; what is in progress goes on."""

    @field_validator("max_concurrent", mode="before")
    @classmethod
    def _is_count_or_percentage(cls, value: object) -> object:
        if (type(value) is int and value >= 1) or (isinstance(value, str) and re.fullmatch(PERCENTAGE, value)):
            return value
        raise ValueError(_COUNT_OR_PERCENTAGE)

    @property
    def tolerated_failures(self) -> int:
        """With more failed workloads than this, no other is begun."""
        return 0 if self.on_failure == "Pause" else self.max_failures

    def wave_sizes(self, workloads: int) -> tuple[int, ...]:
        """How many of `workloads` may have been begun in each wave. One that adds nobody to the last is left out.

        The last one is all of them, whatever the shares say.
        """
        sizes = (-(-workloads * int(share[:-1]) // 100) for share in self.waves)
        return tuple(sorted({*sizes, workloads} - {0}))

    def slots(self, workloads: int) -> int:
        """How many of `workloads` may be in progress at once; a percentage is rounded up, so never none."""
        if isinstance(self.max_concurrent, int):
            return self.max_concurrent
        return max(1, -(-workloads * int(self.max_concurrent[:-1]) // 100))


class DeclaredEdge(Model):
    """A hop that configuration and spans cannot show, or that ends on purpose."""

    caller: Text
    """A Service of the policy's namespace, `service.namespace`, or a workload as `namespace/kind/name`."""
    callee: Text
    """The same."""
    kind: Literal["Call", "Boundary", "PassThrough"] = "Call"
    """A Boundary ends traces on purpose: it is no break, and reach does not go over it. The callee of a PassThrough is
    a proxy without spans, which has to hand the headers on."""


_PATH = "^/[!-~]*$"
_PATH_RULE = "must begin with / and hold printable ASCII without blanks"
GrpcMethod = Annotated[
    str, StringConstraints(max_length=1024, pattern=r"^[A-Za-z_][A-Za-z0-9_.]*/[A-Za-z_][A-Za-z0-9_]*$")
]
"""`package.Service/Method`."""


class Probe(Model):
    """Requests of the operator's own to the entry services, by which it sees hop by hop how far a trace gets.

    They also go to what seems to be a proxy without spans, to see what it does to headers. Choose a path that may be
    asked for at any time.
    """

    method: Literal["GET", "HEAD"] = "GET"
    """What is asked for never changes anything."""
    port: Annotated[StrictInt, Field(ge=1, le=65535)] | None = None
    """Of the Service; its first one where it is left out."""
    path: Annotated[Text, Field(json_schema_extra=rules(NO_EXPANSION, cel(f"self.matches('{_PATH}')", _PATH_RULE)))] = (
        "/"
    )
    """What is requested, at every entry that speaks HTTP."""
    grpc_method: GrpcMethod | None = None
    """A unary method, as `shop.Catalogue/List`: entries are called by gRPC then, with an empty message and without TLS,
    but for those whose port has another appProtocol."""
    interval_seconds: Annotated[StrictInt, Field(ge=10, le=86400)] = 60
    """Time between two requests."""

    @field_validator("path")
    @classmethod
    def _is_a_path(cls, path: str) -> str:
        if not re.fullmatch(_PATH, path):
            raise ValueError(_PATH_RULE)
        return path


class Coverage(Model):
    """What is expected of the traces, and over which time it is judged."""

    entrypoints: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    """Services by which requests enter, as `service.namespace` where it is not the policy's own, so always in a
    ClusterTracingPolicy. Reach is counted from them, and unknown without them."""
    objective: Ratio = "0.95"
    """The reach that the CoverageMet condition asks for."""
    window_seconds: Annotated[StrictInt, Field(ge=30, le=86400)] = 300
    """The time over which calls are counted."""
    declared_edges: Annotated[tuple[DeclaredEdge, ...], Field(max_length=64)] = ()
    """Hops that spans and templates cannot show, or that end traces on purpose."""
    probe: Probe | None = None
    """Requests sent to the entry services; none where it is left out."""


_AUTO_ALONE = "must be Auto alone, or a list of agents"
_SIDECAR = (
    rf"^https?://(localhost[.]?|127[.][0-9.]+|0[.]0[.]0[.]0|\[[0:]*:0*1\]|\[::\]):({GRPC_PORT}|{HTTP_PORT})([/?#]|$)"
)
_SIDECAR_RULE = (
    "would be the sidecar itself, to which localhost leads in each pod: name the backend's Service, such as"
    " http://collector.observability:4317, or set spec.collector.mode to Direct"
)


class PolicySpec(Model):
    """What a `TracingPolicy` asks for."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "(has(self.collector) && has(self.collector.mode) && self.collector.mode == 'Direct')"
                f" || !self.export.endpoint.lowerAscii().matches(r'{_SIDECAR}')",
                _SIDECAR_RULE,
                field=".export.endpoint",
            )
        )
    )

    selector: LabelSelector
    """Labels of Deployments, StatefulSets and DaemonSets."""
    mode: Literal["Enforce", "DryRun"] = "Enforce"
    """DryRun plans and reports, and writes nothing."""
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] = 0
    """Of two policies of a kind that select one workload, the higher wins."""
    agents: Annotated[
        tuple[Literal["Auto", AgentName], ...],
        Field(
            min_length=1,
            max_length=8,
            json_schema_extra=rules(cel("!('Auto' in self) || size(self) == 1", _AUTO_ALONE))
            | {"items": {"type": "string", "enum": ["Auto", *get_args(AgentName)]}},
        ),
    ] = ("Auto",)
    """Agents for every container; `sdk` is the environment alone; `Auto` chooses for each container by evidence, and
    never `go`, which needs a privileged container."""
    containers: Containers = Containers()
    propagation: Propagation = Propagation()
    sampling: Sampling = Sampling()
    resource: Resource = Resource()
    export: Export
    env: Annotated[tuple[Variable, ...], Field(max_length=32)] = ()
    """Variables for every injected container, from an allow-list; what the workload sets itself wins."""
    collector: Collector = Collector()
    delivery: Literal["Auto", "ImageVolume", "InitContainer"] = "Auto"
    """How agents reach the pods. Auto: by image volume where every node can mount one."""
    rollout: Rollout = Rollout()
    coverage: Coverage = Coverage()

    @field_validator("agents")
    @classmethod
    def _auto_stands_alone(cls, agents: tuple[str, ...]) -> tuple[str, ...]:
        if "Auto" in agents and len(agents) > 1:
            raise ValueError(_AUTO_ALONE)
        return agents

    @model_validator(mode="after")
    def _exports_to_somebody_else(self) -> "PolicySpec":
        if self.collector.mode == "Sidecar" and re.match(_SIDECAR, self.export.endpoint.lower()):
            raise Broken(_SIDECAR_RULE, "export", "endpoint")
        return self


class ClusterPolicySpec(PolicySpec):
    """What a `ClusterTracingPolicy` asks for: the same, in every namespace that it selects."""

    namespace_selector: LabelSelector
    """Labels of namespaces."""
