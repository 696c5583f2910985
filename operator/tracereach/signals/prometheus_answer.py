"""What to ask a Prometheus that scrapes the coverage gateway, and what its answer says: text in, counters out. Pure.

A scrape adds `job` and `instance` of the target, and those that the exporter gives come as `exported_job` and
`exported_instance`; with `honor_labels` the exporter's stay, and the target's are lost where both have them.

A gateway serves what it has counted at one port, and what it says of itself at another, where it names no `job`. There
it looks like any collector, so it is known by the pod or the host that it has in common with the first.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import Counters
from tracereach.signals.prometheus import CALLS, COLLECTORS, NAMES, SPANS, Sample, counters

_MOST_CHARACTERS = 200
"""Of a text by the server, which ends up in the log."""


class UnusableAnswer(ValueError):
    """The answer has no counters that can be trusted: it is an error, not whole, or not Prometheus' at all."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str
    data: Any = None
    error_type: str = Field(default="", alias="errorType")
    error: str = ""
    warnings: tuple[str, ...] = ()


class _Series(BaseModel):
    model_config = ConfigDict(frozen=True)

    metric: dict[str, str]
    value: tuple[float, float]
    """The time of the evaluation in seconds, which is not that of the sample, and the value, sent as a string."""


class _Vector(BaseModel):
    model_config = ConfigDict(frozen=True)

    result_type: str = Field(alias="resultType")
    result: tuple[_Series, ...]


def selector(labels: Mapping[str, str]) -> str:
    """The query for every counter that is read, of the series that have these labels."""
    matchers = [f'__name__=~"{"|".join(NAMES)}"']
    # Of JSON's escapes PromQL knows all but surrogate pairs, so other characters are left as they are.
    matchers += [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(labels.items())]
    return f"{{{','.join(matchers)}}}"


def replicas_in(body: bytes) -> Mapping[str, Counters]:
    """The counters of each replica of the gateway in the answer to `GET /api/v1/query`.

    Series that cannot be a coverage gateway's are passed over: other collectors use the same names. A replica without
    any series is not there, which is not the same as one that counts nothing. Raises `UnusableAnswer`.
    """
    answer = _answer(body)
    if answer.status != "success":
        raise UnusableAnswer(_told(f"{answer.error_type}: {answer.error}"))
    if answer.warnings:
        raise UnusableAnswer(f"it warns that its answer may not be whole: {_told(answer.warnings[0])}")
    samples: defaultdict[str, list[Sample]] = defaultdict(list)
    of_collectors: list[tuple[str, Sample]] = []
    gateways: set[str] = set()
    for series in _vector(answer.data).result:
        name, labels, value = series.metric.get("__name__", ""), series.metric, series.value[1]
        exported = _as_exported(labels)
        if _is_a_gateways(name, exported):
            samples[_replica(name, labels)].append((name, exported, value))
            gateways |= {_place(labels)} if _knows_target(name, labels) else set()
        elif name in COLLECTORS and not _is_moved(labels):
            of_collectors.append((_place(labels), (name, {}, value)))
    for place, sample in of_collectors:
        if place in gateways:
            # A replica of its own, as it is a target of its own: one may be scraped when the other cannot be.
            samples[f"{place} itself"].append(sample)
    try:
        return {replica: counters(group) for replica, group in samples.items()}
    except (ValueError, OverflowError) as error:
        raise UnusableAnswer(f"a counter has no number: {error}") from None


def error_in(body: bytes) -> str:
    """What an answer with an HTTP error says of it; empty where it is none of Prometheus' answers."""
    try:
        answer = _answer(body)
    except UnusableAnswer:
        return ""
    return _told(f"{answer.error_type}: {answer.error}")


def _answer(body: bytes) -> _Answer:
    try:
        return _Answer.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        raise UnusableAnswer("no answer of Prometheus' query API") from None


def _vector(data: Any) -> _Vector:
    try:
        return _Vector.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise UnusableAnswer(_told(f"no vector in its answer: data.{place}: {first['msg']}")) from None


def _told(text: str) -> str:
    return " ".join(text.split())[:_MOST_CHARACTERS]


def _is_moved(labels: Mapping[str, str]) -> bool:
    """Whether the scrape has put the exporter's own labels aside, so that `job` and `instance` are the target's."""
    return "exported_job" in labels or "exported_instance" in labels


def _as_exported(labels: Mapping[str, str]) -> Mapping[str, str]:
    """The labels with `job` and `instance` as the exporter gives them, wherever the scrape has put these."""
    if not _is_moved(labels):
        return labels
    return {**labels, **{name: labels.get(f"exported_{name}", "") for name in ("job", "instance")}}


def _is_a_gateways(name: str, labels: Mapping[str, str]) -> bool:
    """Whether a coverage gateway may have counted it: it knows services by their workloads alone."""
    if name == CALLS:
        return _is_workload(labels.get("client", "")) or _is_workload(labels.get("server", ""))
    if name == SPANS:
        return _is_workload(labels.get("service_name", ""))
    if name not in COLLECTORS:
        return False
    # A sidecar's instance is a UUID; a host with a port is a target's.
    return _is_workload(labels.get("job", "")) and ":" not in labels.get("instance", "")


def _is_workload(text: str) -> bool:
    return WorkloadReference.parsed(text) is not None


def _knows_target(name: str, labels: Mapping[str, str]) -> bool:
    """Whether `instance` is the target's, or the pod is known all the same."""
    return name not in COLLECTORS or _is_moved(labels) or bool(labels.get("pod"))


def _place(labels: Mapping[str, str]) -> str:
    """What the ports of one gateway have in common: the pod where the scrape tells, else the host."""
    if pod := labels.get("pod"):
        return f"{labels.get('namespace', '')}/{pod}"
    instance = labels.get("instance", "")
    host, colon, _ = instance.rpartition(":")
    return host if colon else instance


def _replica(name: str, labels: Mapping[str, str]) -> str:
    """The pod that was scraped where the scrape tells, else the target's address.

    Of a sidecar's figures honoured labels hide the target. So each sidecar then stands for itself: among others it
    would look like an increase of all that it has ever counted whenever it is back from an absence.
    """
    if labels.get("pod"):
        return _place(labels)
    if not _knows_target(name, labels):
        return f"{labels.get('job', '')} {labels.get('instance', '')}"
    return labels.get("instance", "")
