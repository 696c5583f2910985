"""`tracereach probe URL`: ground truth, by a request of the operator's own."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import click
from rich.console import Console

from tracereach.api.probes import Halt
from tracereach.cli import options
from tracereach.cli.commands.trace import draw
from tracereach.cli.coverage_map import name
from tracereach.cli.errors import Failed
from tracereach.cli.operator_api import ask, trace
from tracereach.cli.output import print_data
from tracereach.cli.service_page import told
from tracereach.cluster.errors import NotFound
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.coverage.tree import Span, tree

_BROKEN = 1
_QUIET_SECONDS, _LONGEST_SECONDS = 3.0, 20.0
"""How long no new span must have come for a trace to count as whole, and how long to wait for that."""
_WIDEST = 200


@click.command
@click.argument("url")
@options.namespace("Of the Service, where the URL does not say it.")
@click.option("--head", is_flag=True, help="Ask with HEAD instead of GET.")
@options.operator_namespace
@click.option("-o", "--output", "form", type=click.Choice(["json"]), help="Data instead of a tree.")
@options.kubeconfig
def command(
    *, url: str, namespace: str | None, head: bool, operator_namespace: str, form: str | None, kubeconfig: Kubeconfig
) -> None:
    """Send a request to the Service in URL, such as http://storefront.shop/cart, and show how far its trace gets.

    A unary method of gRPC is called with an empty message: grpc://catalogue.shop:50051/shop.Catalogue/List.

    The operator sends it, to one of the Service's pods. Exits with 1 where the trace stops somewhere.
    """
    question = _question(url, namespace, "HEAD" if head else "GET")
    answer = ask("/api/probes", question, operator_namespace, kubeconfig)
    if answer["problem"]:
        raise Failed(f"{question['service']} did not answer: {answer['problem']}")
    spans, halts = _settled(answer["traceId"], operator_namespace, kubeconfig)
    if form:
        stopped = [halt.model_dump(mode="json", by_alias=True) for halt in halts]
        print_data({**answer, "halts": stopped, "services": sorted({span.workload for span in spans})}, form)
    else:
        console = Console(width=None if Console().is_terminal else _WIDEST)
        console.print(draw(answer["traceId"], tree(spans)), soft_wrap=True)
        click.echo("\n".join(_explained(halts, spans, answer)))
    sys.exit(_BROKEN if halts else 0)


def _question(url: str, namespace: str | None, method: str) -> dict[str, Any]:
    place = _place(url)
    service, _, rest = (place.hostname or "").partition(".")
    named = rest.partition(".")[0] or namespace
    if not named:
        raise click.UsageError("name the namespace, by -n or in the URL as http://SERVICE.NAMESPACE")
    question = {"namespace": named, "service": service} | ({"port": place.port} if place.port else {})
    if place.scheme == "grpc":
        return question | {"grpcMethod": _grpc_method(place, method)}
    path = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
    return question | {"path": path, "method": method}


def _place(url: str) -> SplitResult:
    """The parts of `url`, of which all can be read."""
    try:
        place = urlsplit(url if "//" in url else f"//{url}")
        if place.scheme in {"", "http", "grpc"} and (place.hostname or "").partition(".")[0] and place.port != 0:
            return place
    except ValueError:  # a bracket that does not close, or a port that is none
        pass
    raise click.BadParameter(
        "must be like http://SERVICE.NAMESPACE/PATH or grpc://SERVICE.NAMESPACE:PORT/PACKAGE.SERVICE/METHOD",
        param_hint="URL",
    )


def _grpc_method(place: SplitResult, method: str) -> str:
    if method == "HEAD":
        raise click.UsageError("gRPC knows no HEAD: leave out --head")
    called = place.path.removeprefix("/")
    if place.query or called.count("/") != 1:
        raise click.BadParameter(
            "must name one method: grpc://SERVICE.NAMESPACE/PACKAGE.SERVICE/METHOD", param_hint="URL"
        )
    return called


def _settled(
    trace_id: str, operator_namespace: str, kubeconfig: Kubeconfig
) -> tuple[tuple[Span, ...], tuple[Halt, ...]]:
    """The spans of the trace, once no more come, and the hops that it did not get over."""
    began = grown = time.monotonic()
    spans: tuple[Span, ...] = ()
    halts: tuple[Halt, ...] = ()
    while time.monotonic() - began < _LONGEST_SECONDS and (not spans or time.monotonic() - grown < _QUIET_SECONDS):
        try:
            answer = trace(trace_id, operator_namespace, kubeconfig)
        except Failed as error:
            if not isinstance(error.__cause__, NotFound):
                raise
            answer = {"spans": (), "halts": ()}  # none has come yet
        if len(answer["spans"]) > len(spans):
            spans, grown = tuple(Span(**span) for span in answer["spans"]), time.monotonic()
        halts = tuple(map(Halt.model_validate, answer["halts"]))
        time.sleep(0.5)
    if not spans:
        raise Failed(
            "the request was answered, and no span of it has come: the entry itself takes no part in traces, or its"
            " spans go elsewhere. See tracereach explain."
        )
    return spans, halts


def _explained(halts: tuple[Halt, ...], spans: tuple[Span, ...], answer: Mapping[str, Any]) -> Iterator[str]:
    services = sorted({name(span.workload) for span in spans})
    status = f"{answer['grpcStatus']} ({answer['status']})" if answer.get("grpcStatus") else answer["status"]
    yield f"\nAnswered with {status}. The trace went through {len(services)} services: {', '.join(services)}."
    for halt in halts:
        yield f"It does not get over {name(halt.caller)} -> {name(halt.callee)}."
        if halt.found:
            yield from (f"  {line}" for line in told(halt.found))
