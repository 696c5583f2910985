"""`tracereach trace`: the spans of one probe as a tree, from the operator's memory, through the API server."""

from collections.abc import Iterable

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from tracereach.cli import options
from tracereach.cli.operator_api import trace
from tracereach.cli.output import print_data
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.coverage.tree import Row, Span, tree

_NANOSECONDS_PER_MILLISECOND = 1_000_000
_WIDEST = 200


@click.command
@click.argument("trace_id")
@options.operator_namespace
@click.option("--namespace", hidden=True, help="What --operator-namespace was called here.")
@click.option("-o", "--output", "form", type=click.Choice(["json"]), help="The spans as data.")
@options.kubeconfig
def command(
    *, trace_id: str, operator_namespace: str, namespace: str | None, form: str | None, kubeconfig: Kubeconfig
) -> None:
    """Show the way of the probe TRACE_ID: service and workload, span, kind, duration, and offset from the start."""
    if len(trace_id) != 32 or not set(trace_id.lower()) <= set("0123456789abcdef"):
        raise click.BadParameter("a trace id has 32 hexadecimal digits", param_hint="TRACE_ID")
    answer = trace(trace_id.lower(), namespace or operator_namespace, kubeconfig)
    if form:
        print_data(answer, form)
        return
    rows = tree(Span(**span) for span in answer["spans"])
    console = Console(width=None if Console().is_terminal else _WIDEST)
    console.print(draw(answer["traceId"], rows), soft_wrap=True)


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
