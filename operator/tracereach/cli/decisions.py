"""What becomes of each workload in the given files: the decisions of the operator, made without a cluster.

`inject` writes them into the files, `plan` shows them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.catalogue import Catalogue
from tracereach.api.reasons import Reason
from tracereach.api.revision import revision_of
from tracereach.cli.sources import Source
from tracereach.cli.workloads import ManifestWorkload, default_namespace_labels, namespace_labels, workloads
from tracereach.inject import DamagedRecord, Injection, Merge, Result, Skipped, inject, remove
from tracereach.inject.containers import containers, environment
from tracereach.inject.evidence import Choice, choose
from tracereach.inject.injection import Delivery, PodTemplate
from tracereach.rollout.selection import match


@dataclass(frozen=True, kw_only=True)
class OfflineSettings:
    """What the command line says beside the policies."""

    namespace: str
    """Of objects that name none."""
    catalogue: Catalogue
    delivery: Delivery | None = None
    """None leaves it to the policy; `Auto` then is `InitContainer`, which works on every node."""
    native_sidecars: bool = True


@dataclass(frozen=True)
class Decision:
    """What becomes of one workload."""

    workload: ManifestWorkload
    policy: Policy | None = None
    """None where no policy selects it."""
    injection: Injection | None = None
    result: Result | None = None
    whole: Skipped | None = None
    """Why the workload as a whole stays as it is."""

    @property
    def outcome(self) -> Literal["Injected", "Skipped", "NotSelected"]:
        """In one word."""
        if self.whole:
            return "Skipped"
        return "Injected" if self.result else "NotSelected"

    @property
    def written(self) -> PodTemplate | None:
        """The template to write, if any. Where nothing is injected, it is the one before any earlier injection."""
        is_dry_run = self.whole is not None and self.whole.reason is Reason.DRY_RUN
        return self.result.template if self.result and not is_dry_run else None

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Everything that stays as it is although a policy selects it."""
        if self.whole:
            return (self.whole,)
        return self.result.skipped if self.result else ()

    def choices(self) -> dict[str, Choice]:
        """The agents of each injected container, and the evidence for them."""
        if not self.injection or not self.result or not self.result.injected:
            return {}
        template, spec = remove(self.workload.template), self.injection.revision.spec
        left_alone = {skipped.container for skipped in self.result.skipped}
        found = {
            container["name"]: choose(template, container, spec)
            for container in containers(template)
            if container["name"] not in left_alone
        }
        return {name: choice for name, choice in found.items() if choice}

    def left_to_user(self) -> dict[str, tuple[str, ...]]:
        """The OpenTelemetry variables that each injected container sets itself, and keeps."""
        if not self.result:
            return {}
        changed = {change.path for change in self.result.changes}
        kept = {
            container["name"]: tuple(
                name
                for name in environment(container)
                if name.startswith("OTEL_") and f"/spec/containers/{container['name']}/env/{name}" not in changed
            )
            for container in containers(remove(self.workload.template))
            if container["name"] in self.choices()
        }
        return {container: variables for container, variables in kept.items() if variables}


def decide(sources: Iterable[Source], policies: tuple[Policy, ...], settings: OfflineSettings) -> tuple[Decision, ...]:
    """A decision for each workload, in the order of the files. Raises `InputRefused`."""
    documents = [document for source in sources for document in source.documents]
    namespaces = {name: labels for document in documents for name, labels in namespace_labels(document)}
    return tuple(
        _decide(workload, policies, settings, namespaces)
        for document in documents
        for workload in workloads(document, namespace=settings.namespace)
    )


def _decide(
    workload: ManifestWorkload,
    policies: tuple[Policy, ...],
    settings: OfflineSettings,
    namespaces: Mapping[str, Mapping[str, str]],
) -> Decision:
    namespace = workload.reference.namespace
    labels_there = namespaces.get(namespace) or default_namespace_labels(namespace)
    found = match(policies, namespace=namespace, labels=workload.labels, namespace_labels=labels_there)
    if found.opted_out:
        message = f"label {names.INJECT_LABEL} on the {found.opted_out.value}"
        return Decision(workload, found.others[0], whole=Skipped("", Reason.OPTED_OUT, message))
    if found.winner is None:
        return Decision(workload)
    injection = _injection(workload, found.winner, settings)
    try:
        result = inject(workload.template, injection, Merge.IN_PLACE)
    except DamagedRecord as error:
        raise workload.document.refused(f"{workload.reference}: {error}") from error
    return Decision(workload, found.winner, injection, result, whole=_whole(found.winner, result))


def _whole(policy: Policy, result: Result) -> Skipped | None:
    if not result.injected:
        named = next((skipped for skipped in result.skipped if not skipped.container), None)
        return named or Skipped("", Reason.NO_CONTAINER, "; ".join(map(describe, result.skipped)))
    if policy.spec.mode == "DryRun":
        return Skipped("", Reason.DRY_RUN, "spec.mode is DryRun")
    return None


def describe(skipped: Skipped) -> str:
    """What stays as it is and why, in one line for people."""
    container = f"{skipped.container}: " if skipped.container else ""
    return f"{container}{skipped.reason} ({skipped.message})"


def _injection(workload: ManifestWorkload, policy: Policy, settings: OfflineSettings) -> Injection:
    asked = settings.delivery or policy.spec.delivery
    return Injection(
        policy=policy.reference,
        revision=revision_of(policy.spec, settings.catalogue),
        workload=workload.reference,
        delivery="ImageVolume" if asked == "ImageVolume" else "InitContainer",
        native_sidecars=settings.native_sidecars,
    )
