"""A revision is named by what decides the injection, so what does not restarts nobody."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.api.policies import CATALOGUE, body, spec_with
from tracereach.api.acceptance import accept
from tracereach.api.revision import content_hash, have_same_settings, revision_from, revision_of

BASE = revision_of(spec_with(), CATALOGUE)


@pytest.mark.parametrize(
    "spec",
    [
        {"selector": {"matchLabels": {"tracing": "on"}}},
        {"mode": "DryRun"},
        {"priority": 9},
        {"rollout": {"maxConcurrent": "50%", "paused": True, "maxFailures": 0}},
        {"coverage": {"entrypoints": ["storefront"], "windowSeconds": 60}},
    ],
)
def test_whom_and_how_fast_is_no_part_of_it(spec: dict[str, Any]) -> None:
    assert revision_of(spec_with(**spec), CATALOGUE).name == BASE.name


@pytest.mark.parametrize(
    "spec",
    [
        {"agents": ["java"]},
        {"containers": {"exclude": ["helper"]}},
        {"propagation": {"propagators": ["tracecontext"]}},
        {"sampling": {"ratio": "0.5"}},
        {"resource": {"attributes": {"team": "shop"}}},
        {"resource": {"attributes": {"team": ""}}},
        {"resource": {"useLabels": True}},
        {"export": {"endpoint": "http://elsewhere:4317"}},
        {"export": {"endpoint": "https://elsewhere:4317", "tls": {"ca": {"name": "a", "key": "b"}}}},
        {"env": [{"name": "OTEL_BSP_SCHEDULE_DELAY", "value": "500"}]},
        {"collector": {"mode": "Direct"}},
        {"delivery": "InitContainer"},
    ],
)
def test_what_ends_up_in_pods_makes_another(spec: dict[str, Any]) -> None:
    assert revision_of(spec_with(**spec), CATALOGUE).name != BASE.name


@pytest.mark.parametrize(
    "change",
    [
        {"agents": {"java": "registry.example/agent-java:2"}},
        {"collector": "registry.example/collector:2"},
        {"gateway": "elsewhere:4317"},
        {"collector_memory_mib": 200},
        {"pull_policy": "Always"},
        {"pull_secrets": ("mirror",)},
    ],
)
def test_the_catalogue_is_pinned_in_it(change: dict[str, Any]) -> None:
    assert revision_of(spec_with(), CATALOGUE.model_copy(update=change)).name != BASE.name


def test_a_release_that_adds_a_field_nobody_has_set_renames_no_revision() -> None:
    older = {"spec": BASE.data()["spec"], "catalogue": BASE.data()["catalogue"]}
    del older["spec"]["export"]["tls"], older["spec"]["resource"]["useLabels"], older["catalogue"]["pullSecrets"]
    assert revision_from(older).name == BASE.name
    assert _name(older) == _name(BASE.data())


def _name(data: dict[str, Any]) -> str:
    return "-".join(content_hash(data[part]) for part in ("spec", "catalogue"))


def test_revisions_of_one_name_are_one() -> None:
    again = revision_of(spec_with(mode="DryRun"), CATALOGUE)
    assert again == BASE
    assert {again: "kept"}[BASE] == "kept"
    assert again != revision_of(spec_with(agents=["java"]), CATALOGUE)


def test_a_default_that_is_written_out_is_the_same_revision() -> None:
    written_out = spec_with(agents=["Auto"], sampling={"sampler": "parentbased_always_on"}, env=[])
    assert revision_of(written_out, CATALOGUE).name == BASE.name


def test_a_cluster_policy_with_the_same_fields_is_the_same_revision() -> None:
    cluster_wide = body(namespaceSelector={"matchLabels": {"a": "b"}}) | {"kind": "ClusterTracingPolicy"}
    assert revision_of(accept(cluster_wide).spec, CATALOGUE).name == BASE.name


def test_what_is_kept_can_be_rendered_again() -> None:
    spec = spec_with(
        agents=["java", "python"],
        resource={"attributes": {"deployment.environment.name": "prod"}},
        export={
            "endpoint": "https://api.example:443",
            "headers": [{"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}}],
        },
        env=[{"name": "OTEL_LOG_LEVEL", "value": "debug"}],
    )
    kept = revision_of(spec, CATALOGUE)
    again = revision_from(kept.data())
    assert (again.name, again.data(), again.catalogue) == (kept.name, kept.data(), CATALOGUE)
    assert again.spec.export == spec.export
    assert again.spec.selector != spec.selector


def test_a_name_fits_into_the_name_of_an_object_and_into_a_label() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{8}", BASE.name)


def test_a_name_tells_new_images_from_new_settings() -> None:
    newer_images = CATALOGUE.model_copy(update={"collector": "registry.example/collector:2"})
    images = revision_of(spec_with(), newer_images).name
    settings = revision_of(spec_with(agents=["java"]), CATALOGUE).name
    both = revision_of(spec_with(agents=["java"]), newer_images).name
    others = (BASE.name, images, settings, both)
    assert [have_same_settings(BASE.name, other) for other in others] == [True, True, False, False]


@pytest.mark.parametrize("data", [{}, {"spec": {}}, {"spec": {}, "catalogue": {}}, {"raw": "x"}])
def test_data_of_a_foreign_make_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        revision_from(data)
