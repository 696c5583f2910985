"""`inject`: from a pod template and an injection to the injected template. The other files each know one part of it."""

from typing import Any

from tracereach.api import names
from tracereach.api.reasons import Reason
from tracereach.inject import collector, delivery
from tracereach.inject.additions import Additions
from tracereach.inject.agents import AGENTS
from tracereach.inject.attributes import merge as merge_attributes
from tracereach.inject.attributes import resource_attributes
from tracereach.inject.confinement import no_token_volume
from tracereach.inject.containers import PROXIES, containers, environment, is_guaranteed, times_set, uses_host_network
from tracereach.inject.evidence import Choice, choose
from tracereach.inject.injection import Injection, Merge, PodTemplate, Result, Skipped
from tracereach.inject.loading import Loading, plan_loading
from tracereach.inject.neighbours import obstacle
from tracereach.inject.pointers import escape
from tracereach.inject.removal import remove
from tracereach.inject.variables import left_to_user, wanted_variables


def inject(template: PodTemplate, injection: Injection, merge: Merge = Merge.SKIP) -> Result:
    """`template` with `injection` in it; what an earlier injection had put in is taken out first.

    `template` itself is not changed. Raises `DamagedRecord` where an earlier injection cannot be read.
    """
    original = remove(template)
    if whole := obstacle(original, sidecar=_has_sidecar(original, injection)):
        return Result(original, skipped=(whole,))
    targets, skipped = _targets(original, injection, merge)
    if not targets:
        reason = Skipped("", Reason.NO_CONTAINER, "no container is left to inject")
        return Result(original, skipped=(*skipped, *(() if skipped else (reason,))))
    return _Composition(original, injection, merge).compose(targets, skipped)


def _has_sidecar(template: PodTemplate, injection: Injection) -> bool:
    """Whether a collector goes into the pod; on the network of the node its ports would be the node's."""
    return injection.revision.spec.collector.mode == "Sidecar" and not uses_host_network(template)


def _targets(
    template: PodTemplate, injection: Injection, merge: Merge
) -> tuple[list[tuple[dict[str, Any], Choice, list[Loading]]], tuple[Skipped, ...]]:
    """The containers to inject, each with its agents; and the others, each with its reason."""
    targets, skipped = [], []
    for container in containers(template):
        outcome = _consider(template, container, injection, merge)
        if isinstance(outcome, Skipped):
            skipped.append(outcome)
        else:
            targets.append((container, *outcome))
    return targets, tuple(skipped)


def _consider(
    template: PodTemplate, container: dict[str, Any], injection: Injection, merge: Merge
) -> tuple[Choice, list[Loading]] | Skipped:
    spec = injection.revision.spec
    name = container["name"]
    if name in PROXIES:
        return Skipped(name, Reason.PROXY, "a known proxy")
    if name in spec.containers.exclude:
        return Skipped(name, Reason.EXCLUDED, "named in spec.containers.exclude")
    choice = _choice(template, container, injection)
    if isinstance(choice, Skipped):
        return choice
    plans = plan_loading(container, choice.agents, merge)
    return plans if isinstance(plans, Skipped) else (choice, plans)


def _choice(template: PodTemplate, container: dict[str, Any], injection: Injection) -> Choice | Skipped:
    """The container's agents, each of which can export what it records."""
    name, spec = container["name"], injection.revision.spec
    choice = choose(template, container, spec)
    if choice is None:
        message = "no evidence of its language, and probes or hooks run processes in it"
        return Skipped(name, Reason.LANGUAGE_UNKNOWN, message)
    if _has_sidecar(template, injection):
        return choice
    message = f"{', '.join(choice.agents)} would export directly, and not every one speaks {spec.export.protocol}"
    return choice.speaking(spec.export.protocol) or Skipped(name, Reason.PROTOCOL_UNSUPPORTED, message)


class _Composition:
    """One injection into one template, which it owns."""

    def __init__(self, template: PodTemplate, injection: Injection, merge: Merge) -> None:
        self._template = template
        self._injection = injection
        self._merge = merge
        self._sidecar = _has_sidecar(template, injection)
        self._guaranteed = is_guaranteed(template)
        self._additions = Additions(template)

    def compose(
        self, targets: list[tuple[dict[str, Any], Choice, list[Loading]]], skipped: tuple[Skipped, ...]
    ) -> Result:
        loaded: set[str] = {plan.agent.name for _, _, plans in targets for plan in plans}
        self._add_volumes(loaded)
        for container, choice, plans in targets:
            self._add_to_container(container, choice, plans)
        self._add_containers(loaded)
        self._additions.add_entry("/metadata/labels", names.REVISION_LABEL, self._injection.revision.name)
        self._additions.sign(
            annotation=names.RECORD_ANNOTATION,
            policy=str(self._injection.policy),
            revision=self._injection.revision.name,
            workload=str(self._injection.workload),
        )
        agents = tuple(sorted(loaded)) or ("sdk",)
        return Result(self._template, tuple(self._additions.changes), skipped, agents)

    def _add_volumes(self, loaded: set[str]) -> None:
        for name in sorted(loaded):
            self._additions.add_item("/spec/volumes", delivery.volume(AGENTS[name], self._injection))
        if self._sidecar or (loaded and self._injection.delivery == "InitContainer"):
            self._additions.add_item("/spec/volumes", no_token_volume())

    def _add_containers(self, loaded: set[str]) -> None:
        if self._injection.delivery == "InitContainer":
            for name in sorted(loaded):
                copier = delivery.copier(AGENTS[name], self._injection, guaranteed=self._guaranteed)
                self._additions.add_item("/spec/initContainers", copier)
        if self._sidecar:
            place = "/spec/initContainers" if self._injection.native_sidecars else "/spec/containers"
            sidecar = collector.container(self._injection, guaranteed=self._guaranteed)
            self._additions.add_item(place, sidecar, why="spec.collector.mode is Sidecar")

    def _add_to_container(self, container: dict[str, Any], choice: Choice, plans: list[Loading]) -> None:
        path = f"/spec/containers/{escape(container['name'])}"
        for plan in plans:
            self._additions.add_item(f"{path}/volumeMounts", delivery.mount(plan.agent, self._injection))
        self._add_variables(f"{path}/env", container, choice)
        for plan in plans:
            self._add_loader(f"{path}/env", plan, choice)

    def _add_variables(self, path: str, container: dict[str, Any], choice: Choice) -> None:
        present = environment(container)
        wanted = wanted_variables(self._template, container, self._injection, choice, sidecar=self._sidecar)
        for entry in wanted:
            if not left_to_user(present, entry["name"]):
                self._additions.add_item(path, entry)
        attributes = present.get("OTEL_RESOURCE_ATTRIBUTES")
        once = times_set(container, "OTEL_RESOURCE_ATTRIBUTES") == 1
        if self._merge is Merge.IN_PLACE and once and attributes and attributes.get("value"):
            ours = resource_attributes(self._template, container, self._injection)
            self._merge_attributes(path, attributes, ours)

    def _merge_attributes(self, path: str, original: dict[str, Any], ours: dict[str, str]) -> None:
        # The user's entry stands before the variables that ours refer to, and $(…) only looks back.
        plain = {key: value for key, value in ours.items() if "$(" not in value}
        merged = original | {"value": merge_attributes(original["value"], plain)}
        if merged != original:
            self._additions.merge_item(path, merged, original, why="the user's own keys win")

    def _add_loader(self, path: str, plan: Loading, choice: Choice) -> None:
        if plan.original is None:
            self._additions.add_item(path, plan.entry, why=choice.why)
        elif plan.moved is None:
            self._additions.merge_item(path, plan.entry, plan.original, why=choice.why)
        else:
            self._additions.merge_item(path, plan.moved, plan.original, why=f"the value of {plan.agent.loader}")
            self._additions.add_item(path, plan.entry, why=choice.why)
