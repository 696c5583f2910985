"""`tracereach trace`: the spans of one probe as a tree, from the operator's memory, through the API server."""

from collections.abc import Iterable

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from tracereach.cli.cluster import run
from tracereach.cli.errors import Failed
from tracereach.cli.options import kubeconfig as kubeconfig_option
from tracereach.cli.output import print_data
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound, Unavailable
from tracereach.cluster.resources import Object
from tracereach.coverage.tree import Row, Span, tree

_PROXY = "/api/v1/namespaces/{namespace}/services/tracereach-operator:8080/proxy/api/traces/{trace_id}"
_NANOSECONDS_PER_MILLISECOND = 1_000_000
_WIDEST = 200


@click.command
@click.argument("trace_id")
@click.option("--namespace", default="tracereach-system", show_default=True, help="Of the operator.")
@click.option("-o", "--output", "form", type=click.Choice(["json"]), help="The spans as data.")
@kubeconfig_option
def command(*, trace_id: str, namespace: str, form: str | None, kubeconfig: str | None) -> None:
    """Show the way of the probe TRACE_ID: service and workload, span, kind, duration, and offset from the start."""
    if len(trace_id) != 32 or not set(trace_id.lower()) <= set("0123456789abcdef"):
        raise click.BadParameter("a trace id has 32 hexadecimal digits", param_hint="TRACE_ID")
    answer = run(_fetch(trace_id.lower(), namespace, kubeconfig))
    if form:
        print_data(answer, form)
        return
    rows = tree(Span(**span) for span in answer["spans"])
    console = Console(width=None if Console().is_terminal else _WIDEST)
    console.print(draw(answer["traceId"], rows), soft_wrap=True)


async def _fetch(trace_id: str, namespace: str, kubeconfig: str | None) -> Object:
    async with ApiServer.connect(kubeconfig) as api:
        try:
            return await api.get(_PROXY.format(namespace=namespace, trace_id=trace_id))
        except NotFound as error:
            raise Failed(
                f"{error.message}. Only recent probes are kept; --namespace must be that of the operator."
            ) from error
        except Unavailable as error:
            if error.status == 503:
                raise Failed(f"{error.message}. Check that the operator runs in namespace {namespace}.") from error
            raise


def draw(trace_id: str, rows: Iterable[Row]) -> Tree:
    """The rows of a trace as a tree for a terminal."""
    rows = tuple(rows)
    began = min(row.span.start for row in rows if row.span)
    root = Tree(Text(f"trace {trace_id}"))
    path = [root]
    for row in rows:
        del path[row.depth + 1 :]
        path.append(path[-1].add(_line(row, began)))
    return root


def _line(row: Row, began: int) -> Text:
    span = row.span
    if span is None:
        return Text(f"span {row.span_id} was not received: the client's own, or lost", style="yellow")
    duration, offset = ((later - earlier) / _NANOSECONDS_PER_MILLISECOND for later, earlier in _times(span, began))
    return Text.assemble(
        (span.service or "unknown", "bold"),
        f" ({span.workload or 'unknown'})  {span.name}  {span.kind}  {duration:.1f} ms  +{offset:.1f} ms",
        ("  Error" if span.status == "Error" else "", "red"),
    )


def _times(span: Span, began: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (span.end, span.start), (span.start, began)
