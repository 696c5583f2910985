"""Tables for people: in colour and as wide as the terminal, and aligned in whole lines elsewhere."""

import os
import sys
from collections.abc import Iterable, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = "   "
_STYLES = {
    **dict.fromkeys(("Healthy", "Injected", "True"), "green"),
    **dict.fromkeys(("Partial", "Progressing", "Waiting", "Restoring", "RollingBack", "Skipped", "Unknown"), "yellow"),
    **dict.fromkeys(("Broken", "Failed", "Latched", "RolledBack", "False"), "red"),
}
"""Words that have a colour wherever they are a whole cell."""


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One line for each row, under `headers`; folded where a terminal or `$COLUMNS` says how wide it may be."""
    table = [tuple(cell or "-" for cell in row) for row in rows]
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal():
        _print_folded(headers, table)
    else:
        widths = [max(map(len, column)) for column in zip(headers, *table, strict=True)]
        for row in (headers, *table):
            padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            click.echo(_GAP.join(padded).rstrip())


def _coloured(word: str) -> Text:
    """`word` in the colour of what it means."""
    return Text(word, style=_STYLES.get(word, ""))


def _print_folded(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, len(_GAP), 0, 0), header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold", no_wrap=not table.columns)
    for row in rows:
        table.add_row(*map(_coloured, row))
    Console().print(table)
