"""Putting an injection together: every part of it, added to one template or stamped on it for the webhook."""

from typing import Any

from tracereach.api import names
from tracereach.api.catalogue import PackagedAgent
from tracereach.inject import collector, delivery
from tracereach.inject.additions import Additions
from tracereach.inject.agents import AGENTS, Loader, go
from tracereach.inject.attributes import DOWNWARD
from tracereach.inject.exporting import needs_certificates
from tracereach.inject.injection import Injection, Merge, PodTemplate, Result, Skipped
from tracereach.inject.merging import carry_out
from tracereach.inject.parts import Item, Kit, Parts
from tracereach.inject.quality_of_service import is_guaranteed, shares_resources
from tracereach.inject.stamp import Extension, Stamp, StampedContainer
from tracereach.inject.targets import Target
from tracereach.inject.tls import tls_mount
from tracereach.inject.variables import wanted_variables


class Composition:
    """One injection into one template."""

    def __init__(self, template: PodTemplate, injection: Injection, merge: Merge, *, sidecar: bool) -> None:
        self._template = template
        self._injection = injection
        self._merge = merge
        self._sidecar = sidecar
        self._guaranteed = is_guaranteed(template)
        self._shared = shares_resources(template)
        self._additions = Additions(template)

    def compose(self, targets: list[Target], skipped: tuple[Skipped, ...]) -> Result:
        """Add everything that `targets` need; `skipped` goes into the result as it is."""
        # Said before anything is added: what is set then is the user's.
        outcomes = tuple(target.outcome(self._injection.revision, sidecar=self._sidecar) for target in targets)
        followed = next((target for target in targets if target.followed), None)
        direct = [target for target in targets if not target.merged and not target.followed]
        merged = [target for target in targets if target.merged]
        added = _agents(direct)
        stamp = self._stamp(merged, _agents(merged) - added) if merged else None
        self._add_volumes(targets, added)
        for target in direct:
            self._add_to_container(target)
        self._add_containers(added)
        if followed:
            self._add_follower(followed)
        for secret in delivery.pull_secrets(self._template, self._injection):
            self._additions.add_item(self._additions.pod, "imagePullSecrets", secret)
        self._additions.add_metadata("labels", names.REVISION_LABEL, self._injection.revision.name)
        if stamp:
            self._merge_or_stamp(stamp, merged)
        self._additions.sign(
            annotation=names.RECORD_ANNOTATION,
            policy=str(self._injection.policy),
            revision=self._injection.revision.name,
            workload=str(self._injection.workload),
        )
        return Result(
            self._additions.template,
            tuple(self._additions.notes),
            skipped,
            outcomes,
            self._sidecar,
        )

    def _add_volumes(self, targets: list[Target], added: frozenset[PackagedAgent]) -> None:
        copied = self._injection.delivery == "InitContainer" and bool(_agents(targets))
        volumes = delivery.volumes(
            added,
            self._injection.delivery,
            self._injection.revision,
            certificates=any(map(self._needs_certificates, targets)),
            no_token=self._sidecar or copied or any(target.followed for target in targets),
        )
        self._additions.add_kit(self._additions.pod, "volumes", volumes)

    def _add_containers(self, added: frozenset[PackagedAgent]) -> None:
        for copier in self._copiers(added):
            self._additions.add_item(self._additions.pod, "initContainers", copier)
        if self._sidecar:
            field = "initContainers" if self._injection.native_sidecars else "containers"
            sidecar = collector.container(self._injection, guaranteed=self._guaranteed, shared=self._shared)
            self._additions.add_item(self._additions.pod, field, sidecar, why="spec.collector.mode is Sidecar")

    def _copiers(self, agents: frozenset[PackagedAgent]) -> list[dict[str, Any]]:
        if self._injection.delivery != "InitContainer":
            return []
        return [
            delivery.copier(AGENTS[name], self._injection, guaranteed=self._guaranteed, shared=self._shared)
            for name in sorted(agents)
        ]

    def _add_to_container(self, target: Target) -> None:
        place = self._additions.place_of(target.container)
        self._additions.add_kit(place, "volumeMounts", self._mounts(target))
        if certificates := self._certificates(target):
            self._additions.add_item(place, "volumeMounts", certificates)
        self._additions.add_parts(place, "env", self._variables(target))
        self._additions.add_kit(place, "env", target.loading.added, why=target.choice.why)

    def _add_follower(self, target: Target) -> None:
        """The Go agent, with the settings that the container it follows would get or has."""
        settings = (*self._variables(target).items, *go.own_settings(target.container))
        if not self._template["spec"].get(go.SHARED_PROCESSES):
            self._additions.set_field(go.SHARED_PROCESSES, value=True, why=target.choice.why)
        self._additions.add_item(self._additions.pod, "volumes", go.volume())
        agent = go.container(
            target.followed, settings, self._injection, guaranteed=self._guaranteed, shared=self._shared
        )
        self._additions.add_item(self._additions.pod, "containers", agent, why=target.choice.why)

    def _mounts(self, target: Target) -> Kit:
        return delivery.mounts(target.loading.agents, self._injection.delivery)

    def _certificates(self, target: Target) -> Item | None:
        return tls_mount(self._injection.revision) if self._needs_certificates(target) else None

    def _needs_certificates(self, target: Target) -> bool:
        return not target.followed and needs_certificates(
            target.own.place, self._injection.revision, sidecar=self._sidecar
        )

    def _variables(self, target: Target) -> Parts:
        """The container's settings, without those that the user has made."""
        return wanted_variables(self._template, target, self._injection, sidecar=self._sidecar)

    def _stamp(self, targets: list[Target], agents: frozenset[PackagedAgent]) -> Stamp:
        """What `targets` get by a merge, with the volumes of those `agents` that are not in the template anyway."""
        return Stamp(
            volumes=tuple(delivery.volumes(agents, self._injection.delivery, self._injection.revision).items),
            init_containers=tuple(self._copiers(agents)),
            containers={target.container["name"]: self._stamped(target) for target in targets},
        )

    def _stamped(self, target: Target) -> StampedContainer:
        entries, certificates = self._variables(target).items, self._certificates(target)
        referred = DOWNWARD if target.attributes else ()
        first = [entry for entry in entries if entry["name"] in referred]
        rest = [entry for entry in entries if entry["name"] not in referred]
        return StampedContainer(
            volume_mounts=(*self._mounts(target).items, *((certificates,) if certificates else ())),
            first=tuple(first),
            env=(*rest, *target.loading.added.items),
            extended=(
                *(_extension(loader) for loader in target.loading.extended),
                *((target.attributes,) if target.attributes else ()),
            ),
        )

    def _merge_or_stamp(self, stamp: Stamp, targets: list[Target]) -> None:
        if self._merge is Merge.IN_PLACE:
            why = {target.container["name"]: target.choice.why for target in targets}
            carry_out(stamp, self._template, self._additions, why=why)
        else:
            self._additions.add_metadata("labels", names.MERGE_LABEL, names.MERGE_WANTED)
            self._additions.add_metadata("annotations", names.MERGE_ANNOTATION, stamp.dump())


def _agents(targets: list[Target]) -> frozenset[PackagedAgent]:
    return frozenset().union(*[target.loading.agents for target in targets])


def _extension(loader: Loader) -> Extension:
    return Extension(name=loader.name, value=loader.value, before=loader.before, after=loader.after)
