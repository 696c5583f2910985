"""What `inject`, `remove` and `plan` share: from paths to decisions, and from decisions to manifests."""

from collections.abc import Iterable
from typing import Any

import click

from tracereach.cli.catalogue import load_catalogue
from tracereach.cli.decisions import Decision, OfflineSettings, decide, describe
from tracereach.cli.output import print_data
from tracereach.cli.policies import read_policies
from tracereach.cli.rewriting import Rewrite, rewrite
from tracereach.cli.sources import Source, join, read_sources
from tracereach.cli.workloads import ManifestWorkload, workloads
from tracereach.inject import DamagedRecord, remove


def prepare(
    files: tuple[str, ...], policies: tuple[str, ...], *, namespace: str, catalogue: str | None, **settings: Any
) -> tuple[tuple[Source, ...], tuple[Decision, ...]]:
    """The manifests, and a decision for each workload in them. Raises `InputRefused`."""
    accepted = read_policies(policies, namespace=namespace)
    sources = read_sources(files)
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


def explanation(decision: Decision) -> str:
    """What was done to a workload, and why, in one line."""
    reference = decision.workload.reference
    if decision.whole:
        return f"{reference} skipped: {decision.whole.reason} {decision.whole.message}"
    if decision.outcome == "NotSelected":
        return f"{reference} skipped: no policy selects it"
    added = [
        f"{container}: added {', '.join(choice.agents)} ({choice.why})"
        for container, choice in decision.choices().items()
    ]
    return f"{reference} {'; '.join([*added, *(f'skipped {describe(skipped)}' for skipped in decision.skipped)])}"


def _restored(found: ManifestWorkload) -> Rewrite:
    try:
        return found, remove(found.template)
    except DamagedRecord as error:
        raise found.document.refused(f"{found.reference}: {error}") from error
