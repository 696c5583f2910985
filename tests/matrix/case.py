"""One case: services, what is wrong with them, and what coverage has to say. Read from `cases/NAME/case.yaml`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from tracereach.api.causes import Cause

CASES = Path(__file__).with_name("cases")
Kind = Literal["single", "pair", "decoy"]
Language = Literal["nodejs", "python", "java", "go", "proxy"]


class CaseUnusable(Exception):
    """A case says something that nobody understands."""


@dataclass(frozen=True)
class Service:
    """One service of a case, and what is special about it."""

    name: str
    language: Language
    calls: tuple[str, ...] = ()
    """Services by name, over HTTP; `grpc:NAME` over gRPC; anything with `://` is a URL."""
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the pod template."""
    traced: bool = True
    """Whether the policy selects it."""
    outside: bool = False
    """Whether it is a Pod alone: to whoever looks at workloads, a host outside."""
    behind: str = ""
    """The Service that it shares with others, as blue does with green; one of its own name where it is empty."""

    @property
    def service(self) -> str:
        """By which name it is called."""
        return self.behind or self.name


@dataclass(frozen=True)
class Truth:
    """One break that is there. A field that is empty may be anything."""

    cause: Cause
    at: str = ""
    caller: str = ""
    callee: str = ""


@dataclass(frozen=True)
class Case:
    """Everything about one case. Only its name and `about` tell people what it is; the engine sees neither."""

    name: str
    about: str
    kind: Kind
    services: tuple[Service, ...]
    truth: tuple[Truth, ...] = ()
    probed: tuple[Truth, ...] = ()
    """Breaks that are there too, and that a probe halts at, although the requests are too few for coverage to judge."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """By service, the reason for which nothing may be known of it."""
    requests: int = 60
    entries: tuple[str, ...] = ("a",)
    policy: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the policy's specification that differ from the others'."""
    sampled: float = 1.0
    """The share of requests that a trace is expected of."""
    counted: bool = False
    """Whether the calls that were counted have to be those that were sent: within 2 %, or as sampling lets expect."""
    mended: tuple[str, ...] = ()
    """Variables that are taken out of services in the end, as `SERVICE:NAME`; the break then has to close."""
    ci: bool = False
    """Whether it is in the part that runs with every change."""


def cases(*names: str) -> tuple[Case, ...]:
    """The named cases, or all of them, by name. Raises `CaseUnusable`."""
    found = sorted(path.parent.name for path in CASES.glob("*/case.yaml"))
    if unknown := set(names) - set(found):
        raise CaseUnusable(f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    return tuple(load(name) for name in names or found)


def load(name: str) -> Case:
    """The case in the folder `name`. Raises `CaseUnusable`, which names the field."""
    body = yaml.safe_load((CASES / name / "case.yaml").read_text())
    try:
        case = Case(
            name=name,
            about=body.pop("about"),
            kind=body.pop("kind"),
            services=tuple(_services(body.pop("services"))),
            truth=tuple(_truths(body.pop("truth", ()))),
            probed=tuple(_truths(body.pop("probed", ()))),
            entries=tuple(body.pop("entries", ("a",))),
            mended=tuple(body.pop("mended", ())),
            **body,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CaseUnusable(f"case {name}: {error}") from error
    _check(case)
    return case


def _truths(body: Iterable[Mapping[str, str]]) -> Iterator[Truth]:
    for entry in body:
        yield Truth(**{**entry, "cause": Cause(entry["cause"])})  # type: ignore[arg-type]


def _services(body: Mapping[str, Mapping[str, Any]]) -> Iterator[Service]:
    for name, fields in body.items():
        yield Service(name, **{**fields, "calls": tuple(fields.get("calls", ()))})  # type: ignore[arg-type]


def _check(case: Case) -> None:
    known = {service.service for service in case.services}
    if case.kind not in get_args(Kind):
        raise CaseUnusable(f"case {case.name}: kind is one of {', '.join(get_args(Kind))}")
    if (case.kind == "decoy") == bool(case.truth):
        raise CaseUnusable(f"case {case.name}: a decoy has no truth, and every other case has one")
    for service in case.services:
        if service.language not in get_args(Language):
            raise CaseUnusable(f"case {case.name}: services.{service.name}.language {service.language!r} is unknown")
        for call in service.calls:
            if "://" not in call and call.removeprefix("grpc:") not in known:
                raise CaseUnusable(
                    f"case {case.name}: services.{service.name}.calls names {call!r}, which is not there"
                )
