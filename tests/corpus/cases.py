"""Reading the corpus, and injecting it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.acceptance import accept
from tracereach.api.revision import revision_of
from tracereach.api.workload import WorkloadReference
from tracereach.cli import dialect
from tracereach.inject import Injection, Merge, PodTemplate, Result, inject
from tracereach.inject.injection import Delivery

Object = dict[str, Any]

_FOLDER = Path(__file__).parent
_HEADING = "# What `python -m tests.corpus` makes of workload.yaml.\n"


@dataclass(frozen=True)
class Settings:
    """What does not come from the policy; the fields of `settings.yaml`."""

    delivery: Delivery = "ImageVolume"
    nativeSidecars: bool = True  # noqa: N815 - as in the file
    merge: str = Merge.SKIP.value


@dataclass(frozen=True)
class Case:
    """One folder of the corpus."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def workload(self) -> Object:
        return self._read("workload")

    @cached_property
    def expected(self) -> Object:
        return self._read("expected")

    @cached_property
    def outcome(self) -> Object:
        return self._read("outcome")

    @cached_property
    def settings(self) -> Settings:
        return Settings(**self._read("settings")) if (self.folder / "settings.yaml").exists() else Settings()

    @property
    def merge(self) -> Merge:
        return Merge(self.settings.merge)

    @cached_property
    def injection(self) -> Injection:
        policy = accept(self._read("policy"))
        return Injection(
            policy=policy.reference,
            revision=revision_of(policy.spec, CATALOGUE),
            workload=WorkloadReference(
                policy.reference.namespace, self.workload["kind"], self.workload["metadata"]["name"]
            ),
            delivery=self.settings.delivery,
            native_sidecars=self.settings.nativeSidecars,
        )

    def inject(self) -> Result:
        """The injection into the workload as it is written."""
        return inject(template(self.workload), self.injection, self.merge)

    def write_expected(self) -> None:
        """Write down what the injection makes of the workload now."""
        after = with_template(self.workload, self.inject().template)
        (self.folder / "expected.yaml").write_text(_HEADING + dialect.dump(after), encoding="utf-8")

    def _read(self, name: str) -> Object:
        content: Object = dialect.load((self.folder / f"{name}.yaml").read_text(encoding="utf-8"))
        return content


def cases() -> list[Case]:
    """Every case, by name."""
    return [Case(workload.parent) for workload in sorted(_FOLDER.glob("*/workload.yaml"))]


def template(workload: Object) -> PodTemplate:
    """The pod template of a workload."""
    found: PodTemplate = workload["spec"]["template"]
    return found


def with_template(workload: Object, other: PodTemplate) -> Object:
    """`workload` with another pod template."""
    return workload | {"spec": workload["spec"] | {"template": other}}


def outcome(result: Result) -> Object:
    """A result in the words of `outcome.yaml`."""
    return {
        "agents": list(result.agents),
        "evidence": {injected.container: injected.why for injected in result.containers},
        "skipped": {left.container or "*": f"{left.reason}: {left.message}" for left in result.skipped},
    }
