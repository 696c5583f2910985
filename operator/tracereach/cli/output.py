"""Data for programs."""

import json
from typing import Any

import click

from tracereach.cli import dialect


def print_data(data: Any, form: str) -> None:
    """`data` as `json` or `yaml`."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False) if form == "json" else dialect.dump(data).rstrip("\n"))
