"""What `inject`, `remove` and `plan` share: from paths to decisions, and from decisions to manifests."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from tracereach.api.acceptance import warnings
from tracereach.cli.catalogue import load_catalogue
from tracereach.cli.decisions import Decision, OfflineSettings, decide
from tracereach.cli.errors import InputRefused
from tracereach.cli.output import print_data
from tracereach.cli.paths import STANDARD_INPUT
from tracereach.cli.policies import read_policies
from tracereach.cli.rewriting import Rewrite, rewrite
from tracereach.cli.sources import Source, join, read_sources
from tracereach.cli.workloads import ManifestWorkload, workloads
from tracereach.inject import DamagedRecord, remove


def prepare(
    files: tuple[str, ...],
    policies: tuple[str, ...],
    *,
    recursive: bool,
    namespace: str,
    catalogue: str | None,
    **settings: Any,
) -> tuple[tuple[Source, ...], tuple[Decision, ...]]:
    """The manifests, and a decision for each workload in them; warnings are printed. Raises `InputRefused`."""
    if STANDARD_INPUT in files and STANDARD_INPUT in policies:
        raise InputRefused("standard input can be the manifests or the policy, not both")
    accepted = read_policies(policies, namespace=namespace)
    for policy in accepted:
        for problem in warnings(policy.spec):
            click.echo(f"Warning: {policy.reference}: {problem}", err=True)
    sources = read_sources(files, recursive=recursive)
    chosen = OfflineSettings(namespace=namespace, catalogue=load_catalogue(catalogue), **settings)
    return sources, decide(sources, accepted, chosen)


def injected(sources: Iterable[Source], decisions: Iterable[Decision]) -> tuple[Source, ...]:
    """The manifests with what was decided in them. Raises `InputRefused`."""
    return rewrite(
        sources, [(decision.workload, decision.written) for decision in decisions if decision.written is not None]
    )


def restored(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The manifests without any injection. Raises `InputRefused`."""
    documents = (document for source in sources for document in source.documents)
    return rewrite(sources, [_restored(found) for document in documents for found in workloads(document, namespace="")])


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
    for old, new in zip(before, after, strict=True):
        if old.text == new.text:
            continue
        try:
            _replace(Path(new.name).resolve(), new.text.encode())
        except OSError as error:
            raise InputRefused(f"{new.name}: {error.strerror}") from error
        click.echo(f"{new.name}: changed", err=True)


def refuse_in_place(files: tuple[str, ...], form: str = "yaml") -> None:
    """Raise `click.UsageError` where the input is no file, or shall become another format."""
    if STANDARD_INPUT in files or form != "yaml":
        raise click.UsageError("--in-place rewrites files in their own format: not standard input, and no --output")


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    os.chmod(file.name, path.stat().st_mode)
    os.replace(file.name, path)


def _restored(found: ManifestWorkload) -> Rewrite:
    try:
        return found, remove(found.template)
    except DamagedRecord as error:
        raise found.document.refused(f"{found.reference}: {error}", place=found.place) from error
