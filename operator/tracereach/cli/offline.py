"""What `inject`, `remove` and `plan` share: from paths to decisions, and from decisions to manifests."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import click

from tracereach import __version__
from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.doubts import warnings
from tracereach.api.reasons import Reason
from tracereach.cli.catalogue import Installation, load_installation
from tracereach.cli.decisions import Decision, OfflineSettings, decide
from tracereach.cli.errors import InputRefused, Unmet
from tracereach.cli.paths import STANDARD_INPUT
from tracereach.cli.policies import read_policies
from tracereach.cli.rewriting import Rewritten, rewrite
from tracereach.cli.sources import Source, read_sources
from tracereach.cli.workloads import workloads
from tracereach.inject import DamagedRecord, Merge, PodTemplate, remove, unrecorded

_OUTCOMES = {"skipped": "Skipped", "not-selected": "NotSelected"}
"""By the words of `--fail-on`."""
_DELIBERATE = frozenset({Reason.OPTED_OUT, Reason.DRY_RUN})
"""Reasons to skip a workload that somebody meant, so that they fail no pipeline."""


@dataclass(frozen=True)
class Inputs:
    """What a command was given."""

    sources: tuple[Source, ...]
    policies: tuple[Policy, ...]
    settings: OfflineSettings
    installation: Installation

    def decide(self, merge: Merge) -> tuple[Decision, ...]:
        """A decision for each workload in the manifests. Raises `InputRefused`."""
        return decide(self.sources, self.policies, replace(self.settings, merge=merge))


def prepare(
    files: tuple[str, ...],
    policies: tuple[str, ...],
    *,
    recursive: bool,
    namespace: str,
    catalogue: str | None,
    **settings: Any,
) -> Inputs:
    """Everything that the files hold. Raises `InputRefused`."""
    if STANDARD_INPUT in files and STANDARD_INPUT in policies:
        raise InputRefused("standard input can be the manifests or the policy, not both")
    accepted = read_policies(policies, namespace=namespace)
    sources = read_sources(files, recursive=recursive)
    return inputs(sources, accepted, namespace=namespace, catalogue=catalogue, **settings)


def inputs(
    sources: tuple[Source, ...],
    accepted: tuple[Policy, ...],
    *,
    namespace: str,
    catalogue: str | None,
    **settings: Any,
) -> Inputs:
    """What was read, with the rest of the command line; warnings are printed. Raises `InputRefused`."""
    for policy in accepted:
        for problem in warnings(policy.spec):
            click.echo(f"Warning: {policy.reference}: {problem}", err=True)
    installation = load_installation(catalogue)
    chosen = OfflineSettings(namespace=namespace, catalogue=installation.catalogue, **settings)
    return Inputs(sources, accepted, chosen, installation)


def tried(sources: Iterable[Source], decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """`decisions`, each with why its file cannot be written, if it cannot."""
    refused = _rewritten(sources, decisions).refused
    return tuple(
        replace(decision, refused=decision.refused or refused.get(decision.workload.location)) for decision in decisions
    )


def injected(sources: Iterable[Source], decisions: tuple[Decision, ...]) -> tuple[Source, ...]:
    """The manifests with what was decided in them. Raises `InputRefused`, which names every refused workload."""
    rewritten = _rewritten(sources, decisions)
    damaged = [decision.refused for decision in decisions if decision.refused]
    return _accepted(rewritten, damaged)


def restored(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The manifests without any injection. Raises `InputRefused`, which names every refused workload."""
    rewrites, damaged = [], []
    for document in (document for source in sources for document in source.documents):
        for found in workloads(document, namespace=""):
            try:
                rewrites.append((found, _restored(found.template)))
            except DamagedRecord as error:
                damaged.append(document.refused(f"{found.reference}: {error}", place=found.place))
    return _accepted(rewrite(sources, rewrites), damaged)


def _restored(template: PodTemplate) -> PodTemplate:
    """The template without its injection. Raises `DamagedRecord`, also where there is one and its record is gone."""
    if sign := unrecorded(template):
        raise DamagedRecord(
            f"{sign} is of an injection whose record is gone, the annotation {names.RECORD_ANNOTATION};"
            " restore the pod template from its manifest"
        )
    return remove(template)


def warn_of_assumptions(inputs: Inputs, decisions: Iterable[Decision]) -> None:
    """Say on standard error that nobody named the images that workloads get, if so."""
    if inputs.installation.assumed and any(decision.outcome == "Injected" for decision in decisions):
        click.echo(f"Warning: images of release {__version__}; give --catalogue for others", err=True)


def fail_on(failing: tuple[str, ...], decisions: Iterable[Decision]) -> None:
    """Raise `Unmet`, which names each workload that is one of `failing`, but for those of which somebody meant it."""
    outcomes = {_OUTCOMES[one] for one in failing}
    unmet = [
        f"{decision.workload.reference}: {decision.outcome}{f', {decision.whole.reason}' if decision.whole else ''}"
        for decision in decisions
        if decision.outcome in outcomes and not (decision.whole and decision.whole.reason in _DELIBERATE)
    ]
    if unmet:
        raise Unmet(*unmet)


def _rewritten(sources: Iterable[Source], decisions: Iterable[Decision]) -> Rewritten:
    return rewrite(
        sources, [(decision.workload, decision.written) for decision in decisions if decision.written is not None]
    )


def _accepted(rewritten: Rewritten, damaged: list[InputRefused]) -> tuple[Source, ...]:
    if refused := [*damaged, *rewritten.refused.values()]:
        raise InputRefused.together(refused)
    return rewritten.sources
