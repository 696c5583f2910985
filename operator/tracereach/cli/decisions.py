"""What becomes of each workload in the given files: the decisions of the operator, made without a cluster.

`inject` writes them into the files. `plan` asks what the operator would do, which extends no variable in a template.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.catalogue import Catalogue
from tracereach.api.pod_security import admits_privileged
from tracereach.api.reasons import Reason
from tracereach.api.revision import revision_of
from tracereach.cli.config_maps import config_maps
from tracereach.cli.errors import InputRefused
from tracereach.cli.sources import Document, Source
from tracereach.cli.unselected import why_unselected
from tracereach.cli.workloads import ManifestNamespace, ManifestWorkload, namespaces, unknown_namespace, workloads
from tracereach.inject import DamagedRecord, Injected, Injection, Merge, Result, Skipped, inject
from tracereach.inject.injection import ConfigMaps, Delivery, PodTemplate
from tracereach.inject.other_agents import marks
from tracereach.rollout.selection import match, pod_template_opts_out


@dataclass(frozen=True, kw_only=True)
class OfflineSettings:
    """What the command line says beside the policies."""

    namespace: str
    """Of objects that name none."""
    catalogue: Catalogue
    delivery: Delivery | None = None
    """None leaves it to the policy; `Auto` then is `InitContainer`, which works on every node."""
    native_sidecars: bool = True
    merge: Merge = Merge.IN_PLACE


@dataclass(frozen=True)
class Surroundings:
    """What else stands in the files, and bears upon the workloads."""

    namespaces: Mapping[str, ManifestNamespace] = field(default_factory=dict)
    config_maps: Mapping[str, ConfigMaps] = field(default_factory=dict)
    """By namespace. The operator reads none, so they are known where files are written alone."""

    def namespace(self, name: str) -> ManifestNamespace:
        """The namespace, as far as it is known."""
        return self.namespaces.get(name) or unknown_namespace(name)


@dataclass(frozen=True)
class Decision:
    """What becomes of one workload."""

    workload: ManifestWorkload
    policy: Policy | None = None
    """None where no policy selects it."""
    unselected: str = ""
    """Why no policy does."""
    injection: Injection | None = None
    result: Result | None = None
    whole: Skipped | None = None
    """Why the workload as a whole stays as it is."""
    refused: InputRefused | None = None
    """Why its file cannot be written."""

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
        inner = self.result.skipped if self.result else ()
        return (self.whole, *(one for one in inner if one != self.whole)) if self.whole else inner

    @property
    def containers(self) -> tuple[Injected, ...]:
        """What each injected container got."""
        return self.result.containers if self.result else ()

    @property
    def collector(self) -> Literal["Sidecar", "Direct"] | None:
        """Where the spans go first, if the workload gets any agent: a pod on the host network gets no sidecar."""
        if not self.result or not self.containers:
            return None
        return "Sidecar" if self.result.sidecar else "Direct"


def decide(sources: Iterable[Source], policies: tuple[Policy, ...], settings: OfflineSettings) -> tuple[Decision, ...]:
    """A decision for each workload, in the order of the files. Raises `InputRefused`."""
    documents = [document for source in sources for document in source.documents]
    surroundings = surroundings_in(documents, settings)
    return tuple(_decide(workload, policies, settings, surroundings) for workload in _workloads(documents, settings))


def surroundings_in(documents: Sequence[Document], settings: OfflineSettings) -> Surroundings:
    """What `documents` say beside the workloads. Raises `InputRefused`."""
    known: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for document in documents if settings.merge is Merge.IN_PLACE else ():
        for namespace, name, data in config_maps(document, namespace=settings.namespace):
            known[namespace][name] = data
    return Surroundings({one.name: one for document in documents for one in namespaces(document)}, known)


def _workloads(documents: Iterable[Document], settings: OfflineSettings) -> list[ManifestWorkload]:
    found: list[ManifestWorkload] = []
    refused: list[InputRefused] = []
    for document in documents:
        try:
            found.extend(workloads(document, namespace=settings.namespace))
        except InputRefused as error:
            refused.append(error)
    if refused:
        raise InputRefused.together(refused)
    return found


def _decide(
    workload: ManifestWorkload, policies: tuple[Policy, ...], settings: OfflineSettings, surroundings: Surroundings
) -> Decision:
    namespace = surroundings.namespace(workload.reference.namespace)
    found = match(
        policies,
        namespace=namespace.name,
        labels=workload.labels,
        namespace_labels=namespace.labels,
        pods_opt_out=pod_template_opts_out(workload.template),
    )
    if found.opted_out:
        message = f"{names.INJECT_LABEL} says no on the {found.opted_out.value}"
        return Decision(workload, found.others[0], whole=Skipped("", Reason.OPTED_OUT, message))
    if found.winner is None:
        return Decision(workload, unselected=why_unselected(workload, policies, namespace))
    injection = replace(
        _injection(workload, found.winner, settings),
        privileged=admits_privileged(namespace.labels),
        namespace_marks=marks(namespace.metadata),
        config_maps=surroundings.config_maps.get(namespace.name, {}),
    )
    try:
        result = inject(workload.template, injection, settings.merge)
    except DamagedRecord as error:
        place = (*workload.place, "metadata", "annotations", names.RECORD_ANNOTATION)
        refused = workload.document.refused(f"{workload.reference}: {error}", place=place)
        damaged = Skipped("", Reason.DAMAGED_RECORD, str(error))
        return Decision(workload, found.winner, whole=damaged, refused=refused)
    return Decision(workload, found.winner, injection=injection, result=result, whole=_whole(found.winner, result))


def _whole(policy: Policy, result: Result) -> Skipped | None:
    if not result.injected:
        named = next((skipped for skipped in result.skipped if not skipped.container), None)
        return named or Skipped("", Reason.NO_CONTAINER, "each container has a reason of its own")
    if policy.spec.mode == "DryRun":
        return Skipped("", Reason.DRY_RUN, "spec.mode is DryRun")
    return None


def _injection(workload: ManifestWorkload, policy: Policy, settings: OfflineSettings) -> Injection:
    asked = settings.delivery or policy.spec.delivery
    return Injection(
        policy=policy.reference,
        revision=revision_of(policy.spec, settings.catalogue),
        workload=workload.reference,
        delivery="ImageVolume" if asked == "ImageVolume" else "InitContainer",
        native_sidecars=settings.native_sidecars,
    )
