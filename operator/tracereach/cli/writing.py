"""Where the manifests go that `inject` and `remove` made: to standard output, or back into their files."""

import os
import tempfile
from pathlib import Path

import click

from tracereach.cli.errors import InputRefused
from tracereach.cli.output import print_data
from tracereach.cli.paths import STANDARD_INPUT
from tracereach.cli.sources import Source, join


def write(sources: tuple[Source, ...], form: str) -> None:
    """Print the manifests: `yaml` is their own text, JSON among it; `json` is one object, a `List` of several."""
    if form == "yaml":
        click.echo(join(sources).encode(), nl=False)
        return
    contents = [document.content for source in sources for document in source.documents]
    objects = [content for content in contents if content is not None]
    print_data(objects[0] if len(objects) == 1 else {"apiVersion": "v1", "kind": "List", "items": objects}, "json")


def write_in_place(before: tuple[Source, ...], after: tuple[Source, ...]) -> None:
    """Write each changed file back to where it was read, whole or not at all. Raises `InputRefused`."""
    changed = [new for old, new in zip(before, after, strict=True) if old.text != new.text]
    if pipes := [InputRefused(f"{one.name}: is a pipe, no file to rewrite") for one in changed if not _is_file(one)]:
        raise InputRefused.together(pipes)
    for new in changed:
        try:
            _replace(Path(new.name).resolve(), new.text.encode())
        except OSError as error:
            raise InputRefused(f"{new.name}: {error.strerror}") from error
        click.echo(f"{new.name}: changed", err=True)


def refuse_in_place(files: tuple[str, ...], form: str = "yaml") -> None:
    """Raise `click.UsageError` where the input is no file, or shall become another format."""
    if STANDARD_INPUT in files or form != "yaml":
        raise click.UsageError("--in-place rewrites files in their own format: not standard input, and no --output")


def _is_file(source: Source) -> bool:
    return Path(source.name).is_file()


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    os.chmod(file.name, path.stat().st_mode)
    os.replace(file.name, path)
