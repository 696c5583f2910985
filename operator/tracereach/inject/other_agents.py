"""Other tracing systems at work in a template: two agents in one process break each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

from tracereach.inject.agents import AGENTS
from tracereach.inject.containers import Container, command, environment, every_container, init_containers
from tracereach.inject.image_reference import image_of
from tracereach.inject.injection import PodTemplate


@dataclass(frozen=True)
class _OtherAgent:
    """How another tracing system shows in a template."""

    name: str
    variables: str = ""
    """Patterns of variables whose presence is enough."""
    words: str = ""
    """A regular expression for parts of a command, or of a variable by which a runtime loads something."""
    metadata: str = ""
    """Patterns of annotations and labels that ask for it, unless their value says no."""
    images: str = ""
    """A regular expression for images that carry the agent into the pod."""
    switches: str = ""
    """Variables by which its user switches it off, with a value that says no."""


_LOADING_OPTIONS = "import|loader|experimental-loader|require"
_OF_NODE = r"\bnode (?:(?!\bnode ).)*?"
"""Options of one `node`: not on over the next one, so that a long command is read once and not for each of them."""
_OWN_SDK = r"\.{0,2}/(?!otel-auto)[\w./-]*(?:tracing|tracer|telemetry|instrument|otel)[\w-]*"


def _module(name: str) -> str:
    """An expression for an agent whose name alone says little: as a part of a path or of a package, or being loaded."""
    loaded = "|".join(rf"(?<=--{option}[ =])" for option in _LOADING_OPTIONS.split("|"))
    return rf"(?:(?<=[/@:_])|(?<=-[rm] )|{loaded}){name}|\b{name}[-_]"


_OTHER_AGENTS = (
    # DD_ENV, DD_SERVICE, DD_VERSION and DD_AGENT_HOST alone serve logs and DogStatsD as well.
    _OtherAgent(
        "Datadog",
        "DD_TRACE_* DD_APPSEC_ENABLED DD_INJECTION_ENABLED DD_LOGS_INJECTION DD_PROFILING_ENABLED",
        r"dd-java-agent|dd-trace|ddtrace|Datadog\.Trace|/opt/datadog|846F5F1C-F9AE-4B07-969E-05C26BC060D8",
        "admission.datadoghq.com/*",
        "dd-lib-[a-z]+-init|datadog.*/apm-inject",
        "DD_TRACE_ENABLED DD_TRACING_ENABLED",
    ),
    _OtherAgent(
        "New Relic",
        "NEW_RELIC_LICENSE_KEY NEW_RELIC_CONFIG_FILE NEW_RELIC_APP_NAME NEWRELIC_* CORECLR_NEWRELIC_HOME",
        f"{_module('newrelic')}|36032161-FFC0-4B61-B559-F6C5D41BAE5A",
        "instrumentation.newrelic.com/inject-*",
        "newrelic-[a-z]+-init",
        "NEW_RELIC_ENABLED NEW_RELIC_AGENT_ENABLED NEW_RELIC_MONITOR_MODE",
    ),
    _OtherAgent(
        "Dynatrace",
        "DT_DYNAMIZER_TARGET_EXE DT_TENANT DT_TENANTTOKEN DT_CONNECTION_POINT",
        "liboneagent|/dynatrace/",
        "oneagent.dynatrace.com/inject* dynatrace.com/inject dynakube.dynatrace.com/injected",
        "dynatrace/.*(oneagent|codemodules|bootstrapper)",
    ),
    _OtherAgent(
        "Elastic APM",
        "ELASTIC_APM_*",
        "elastic-apm|elasticapm|/elastic/apm/",
        "co.elastic.apm/attach",
        "observability/apm-agent-[a-z]+",
        "ELASTIC_APM_ACTIVE ELASTIC_APM_ENABLED",
    ),
    _OtherAgent(
        "AppDynamics",
        "APPDYNAMICS_*",
        f"{_module('appdynamics')}|pyagent run",
        images="appdynamics/[a-z-]*agent",
    ),
    _OtherAgent(
        "SkyWalking",
        "SW_AGENT_*",
        "skywalking-agent|/skywalking/|sw-python",
        "swck-java-agent-injected strategy.skywalking.apache.org/*",
        "skywalking-[a-z]+(-agent)?$",
    ),
    _OtherAgent("Instana", "INSTANA_*", "@instana/|/instana/", "instana-autotrace", "instana/.*instrumentation"),
    _OtherAgent("Splunk", "SPLUNK_PROFILER_*", "splunk-otel|@splunk/otel|splunk-py-trace"),
    _OtherAgent("Honeycomb", "HONEYCOMB_API_KEY", "honeycomb-opentelemetry|@honeycombio/"),
    _OtherAgent("Lumigo", "LUMIGO_TRACER_TOKEN", _module("lumigo"), "lumigo.auto-trace", "lumigo"),
    _OtherAgent(
        "Dash0",
        "DASH0_OTEL_COLLECTOR_BASE_URL",
        f"{_module('dash0')}|__otel_auto_instrumentation",
        "dash0.com/instrumented",
        "dash0",
    ),
    _OtherAgent("Odigos", "ODIGOS_*", _module("odigos"), "odigos.io/* odigos-instrumentation"),
    _OtherAgent("Pinpoint", "PINPOINT_AGENT_ID PINPOINT_COLLECTOR_*", "pinpoint-bootstrap", images="pinpoint-agent"),
    _OtherAgent("Application Insights", "APPLICATIONINSIGHTS_*", _module("applicationinsights")),
    _OtherAgent(
        "Jaeger",
        "JAEGER_AGENT_* JAEGER_ENDPOINT JAEGER_PROPAGATION JAEGER_REPORTER_* JAEGER_SAMPLER_* JAEGER_SERVICE_NAME",
        "jaeger-client",
        "sidecar.jaegertracing.io/inject",
    ),
    _OtherAgent(
        "OpenTelemetry",
        "OTEL_CONFIG_FILE OTEL_EXPERIMENTAL_CONFIG_FILE",
        "opentelemetry-javaagent|@opentelemetry/|opentelemetry-instrument|aws-opentelemetry-agent"
        "|otel-auto-instrumentation|opentelemetry/instrumentation/auto_instrumentation",
        "instrumentation.opentelemetry.io/inject-* sidecar.opentelemetry.io/inject",
        "(autoinstrumentation|adot-autoinstrumentation)-[a-z-]+",
    ),
    # What `node -r ./tracing.js` loads before the application sets up an SDK, by all experience.
    _OtherAgent(
        "the application's own SDK",
        words=rf"(?:--require|--import)[ =]{_OWN_SDK}|{_OF_NODE}-r {_OWN_SDK}|-r {_OWN_SDK}\.[cm]?[jt]s",
    ),
)

_LOADERS = frozenset({"LD_PRELOAD", "CORECLR_PROFILER"}).union(*(agent.variables for agent in AGENTS.values()))
"""Variables by which a runtime can be made to load something; those of evidence hold all that agents use."""

_LOADING = re.compile(r"-javaagent:|-agentpath:|--require|--import|(^|\s)-r\s")
"""Makes another variable one of those, such as an application's own `JVM_FLAGS`."""

_ASIDE = re.compile(rf"(?<!\S)--?(?!(?:{_LOADING_OPTIONS})=)[a-z][\w-]*=[\w,-]+(?!\S)")
"""An option with plain words as its value, such as `--skip=newrelic`, which loads nothing."""

_NO = frozenset({"", "0", "disabled", "false", "no", "none", "off"})


def _table(expressions: dict[str, str]) -> re.Pattern[str]:
    """One expression for all agents: which group has matched tells which agent."""
    groups = (
        f"(?P<a{index}>{expressions[one.name]})" for index, one in enumerate(_OTHER_AGENTS) if expressions[one.name]
    )
    return re.compile("|".join(groups))


def _any_of(patterns: str) -> str:
    return "|".join(translate(pattern) for pattern in patterns.split())


_VARIABLES = _table({one.name: _any_of(one.variables) for one in _OTHER_AGENTS})
_METADATA = _table({one.name: _any_of(one.metadata) for one in _OTHER_AGENTS})
_WORDS = _table({one.name: one.words for one in _OTHER_AGENTS})
_IMAGES = _table({one.name: one.images for one in _OTHER_AGENTS})
_SWITCHES = {variable: one.name for one in _OTHER_AGENTS for variable in one.switches.split()}


def other_agent(template: PodTemplate, namespace_marks: Mapping[str, str]) -> str | None:
    """Which other tracing system is at work, and what shows it, in words; `namespace_marks` are those of `marks`."""
    for name, sign in _signs(template, namespace_marks):
        return f"{name}: {sign}"
    return None


def marks(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Those annotations and labels in `metadata` by which another tracing system may be asked for."""
    every = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    return {key: value for key, value in every.items() if _asked_for_by(key)}


def _signs(template: PodTemplate, namespace_marks: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    metadata = template.get("metadata") or {}
    for kind in ("annotation", "label"):
        for key, value in (metadata.get(f"{kind}s") or {}).items():
            if (other := _asked_for_by(key)) and _means_yes(value):
                yield other, f"{kind} {key}"
    own = marks(metadata) if namespace_marks else {}
    for key, value in namespace_marks.items():
        # The pod's own word goes before that of its namespace.
        if (other := _asked_for_by(key)) and key not in own and _means_yes(value):
            yield other, f"its namespace has {key}"
    for container in every_container(template):
        for name, sign in _signs_in(container):
            yield name, f"container {container['name']} has {sign}"
    for container in init_containers(template):
        if match := _IMAGES.search(repository := image_of(container).repository):
            yield _name(match), f"container {container['name']} has the image {repository}"


def _signs_in(container: Container) -> Iterator[tuple[str, str]]:
    """What loads another agent comes before what only configures one."""
    present = environment(container)
    texts = {"its command": " ".join(command(container))}
    configured = []
    for variable, entry in present.items():
        value = str(entry.get("value") or "")
        if variable in _LOADERS or ("-" in value and _LOADING.search(value)):
            texts[variable] = value
        if (other := _configured_by(variable)) and (entry.get("valueFrom") or _means_yes(value)):
            configured.append((other, variable))
    loaded = [(name, f"{word} in {where}") for where, text in texts.items() for name, word in _words_in(text)]
    for name, sign in (*loaded, *configured):
        if name not in _switched_off(present):
            yield name, sign


def _switched_off(present: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The agents that a container switches off; an empty value leaves them as they are."""
    said_no = (name for name, entry in present.items() if entry.get("value") and not _means_yes(entry["value"]))
    return frozenset(_SWITCHES[name] for name in said_no if name in _SWITCHES)


@lru_cache(maxsize=2048)
def _words_in(text: str) -> tuple[tuple[str, str], ...]:
    """The agents that words of a command or a value load, and the words. One workload is looked at many times."""
    return tuple((_name(match), match.group()) for match in _WORDS.finditer(_ASIDE.sub("", text)))


@lru_cache(maxsize=4096)
def _configured_by(variable: str) -> str | None:
    """The agent that a variable of this name configures."""
    match = _VARIABLES.match(variable)
    return _name(match) if match else None


@lru_cache(maxsize=4096)
def _asked_for_by(key: str) -> str | None:
    """The agent that an annotation or a label of this name asks for."""
    match = _METADATA.match(key)
    return _name(match) if match else None


def _name(match: re.Match[str]) -> str:
    return _OTHER_AGENTS[int(str(match.lastgroup)[1:])].name


def _means_yes(value: object) -> bool:
    return str("" if value is None else value).strip().lower() not in _NO
