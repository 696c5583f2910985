"""Small pod templates, and looking at what an injection made of them."""

from typing import Any

from tracereach.inject import Injection, Merge, PodTemplate, Result, inject
from tracereach.inject.containers import environment, every_container


def template(
    *, annotations: dict[str, str] | None = None, spec: dict[str, Any] | None = None, **app: Any
) -> PodTemplate:
    """A template with one container `app`; its fields, those of the pod, and annotations as given."""
    head = {"metadata": {"annotations": annotations}} if annotations else {}
    return {**head, "spec": {"containers": [{"name": "app", **app}], **(spec or {})}}


def variable(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


def container(injected: PodTemplate, name: str = "app") -> dict[str, Any]:
    return next(one for one in every_container(injected) if one["name"] == name)


def variables(injected: PodTemplate, name: str = "app") -> dict[str, Any]:
    """The values of a container's variables; of one without a value, where it comes from."""
    return {
        key: entry["value"] if "value" in entry else entry.get("valueFrom")
        for key, entry in environment(container(injected, name)).items()
    }


def injected_variables(before: PodTemplate, injection: Injection, merge: Merge = Merge.SKIP) -> dict[str, Any]:
    return variables(inject(before, injection, merge).template)


def reasons(result: Result) -> list[tuple[str, str]]:
    """Container and reason of everything that was left alone."""
    return [(skipped.container, str(skipped.reason)) for skipped in result.skipped]
