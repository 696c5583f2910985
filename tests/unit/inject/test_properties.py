"""What holds for every template, and not only for those somebody thought of."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.templates import pod_templates
from tracereach.inject import Merge, inject, remove
from tracereach.inject.agents import AGENTS
from tracereach.inject.containers import containers, environment, every_container

INJECTIONS = [
    make_injection(),
    make_injection(delivery="InitContainer", native_sidecars=False),
    make_injection(collector={"mode": "Direct"}, agents=["sdk"]),
    make_injection(agents=["java", "nodejs", "python"], sampling={"sampler": "traceidratio", "ratio": "0.5"}),
    make_injection(env=[{"name": "OTEL_PYTHON_EXCLUDED_URLS", "value": ""}]),
]
injections = st.sampled_from(INJECTIONS)
merges = st.sampled_from(Merge)
thorough = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_bytes(template):
    return json.dumps(template).encode()


def without_empty_values(template):
    """As the API server stores it: it leaves out an empty `value`."""
    for container in every_container(template):
        for entry in container.get("env") or []:
            if entry.get("value") == "":
                del entry["value"]
    return template


@thorough
@given(pod_templates, injections, merges)
def test_removing_gives_back_the_template_byte_for_byte(template, injection, merge):
    before = as_bytes(template)
    injected = inject(template, injection, merge).template
    assert as_bytes(remove(injected)) == before
    assert as_bytes(template) == before, "the input was changed"


@thorough
@given(pod_templates.map(without_empty_values), injections)
def test_removing_from_what_the_server_stored_gives_back_the_template(template, injection):
    before = as_bytes(template)
    assert as_bytes(remove(without_empty_values(inject(template, injection).template))) == before


@thorough
@given(pod_templates, injections, merges)
def test_injecting_again_changes_nothing(template, injection, merge):
    once = inject(template, injection, merge)
    assert as_bytes(inject(once.template, injection, merge).template) == as_bytes(once.template)


@thorough
@given(pod_templates, injections, injections, merges)
def test_a_newer_injection_replaces_the_older_one_whole(template, older, newer, merge):
    stepwise = inject(inject(template, older, merge).template, newer, merge)
    assert as_bytes(stepwise.template) == as_bytes(inject(template, newer, merge).template)


@thorough
@given(pod_templates, injections)
def test_what_the_user_wrote_stays_as_it_is(template, injection):
    result = inject(template, injection).template
    for before in every_container(template):
        after = next(container for container in every_container(result) if container["name"] == before["name"])
        for key, value in before.items():
            if key == "env":
                assert (after["env"] or [])[: len(value or [])] == (value or [])
            elif key == "volumeMounts":
                assert (after[key] or [])[: len(value or [])] == (value or [])
            else:
                assert after[key] == value


@thorough
@given(pod_templates, injections, merges)
def test_a_container_has_its_agents_whole_or_not_at_all(template, injection, merge):
    result = inject(template, injection, merge)
    volumes = {volume["name"] for volume in result.template["spec"].get("volumes") or []}
    for container in every_container(result.template):
        for mount in container.get("volumeMounts") or []:
            if mount["name"].startswith("tracereach-"):
                assert mount["name"] in volumes
    for skipped in result.skipped:
        for before, after in zip(containers(template), containers(result.template), strict=False):
            if before["name"] == skipped.container:
                assert after == before


@thorough
@given(pod_templates, injections)
def test_every_injected_container_is_restricted_and_sees_no_token(template, injection):
    before = {container["name"] for container in every_container(template)}
    for container in every_container(inject(template, injection).template):
        if container["name"] in before:
            continue
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["runAsNonRoot"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {"limits", "requests"} == container["resources"].keys()
        assert "/var/run/secrets/kubernetes.io/serviceaccount" in {m["mountPath"] for m in container["volumeMounts"]}


@thorough
@given(pod_templates, injections)
def test_every_reference_looks_back(template, injection):
    """The kubelet expands `$(NAME)` only where NAME stands earlier in the list."""
    before = {container["name"]: environment(container).keys() for container in containers(template)}
    for container in containers(inject(template, injection).template):
        known = set(before.get(container["name"], ()))
        for entry in container.get("env") or []:
            if entry["name"].startswith(("OTEL_", "TRACEREACH_")) and entry["name"] not in known:
                for part in str(entry.get("value") or "").split("$(")[1:]:
                    name = part.split(")")[0]
                    assert name in {e["name"] for e in container["env"][: container["env"].index(entry)]}


@thorough
@given(pod_templates, injections, merges)
def test_no_loader_variable_of_ours_hides_one_from_outside(template, injection, merge):
    for container in containers(inject(template, injection, merge).template):
        unprefixed = any(not source.get("prefix") for source in container.get("envFrom") or [])
        for agent in AGENTS.values():
            if unprefixed and agent.value == environment(container).get(agent.loader, {}).get("value"):
                before = next(one for one in containers(template) if one["name"] == container["name"])
                assert agent.loader in environment(before)


@pytest.mark.parametrize("change", ["value", "gone"])
def test_a_value_that_the_user_changed_since_is_kept(injection, change):
    injected = inject({"spec": {"containers": [{"name": "app"}]}}, injection).template
    entries = injected["spec"]["containers"][0]["env"]
    ours = next(entry for entry in entries if entry["name"] == "OTEL_PROPAGATORS")
    if change == "value":
        ours["value"] = "b3"
        assert remove(injected) == {"spec": {"containers": [{"name": "app", "env": [ours]}]}}
    else:
        entries.remove(ours)
        assert remove(injected) == {"spec": {"containers": [{"name": "app"}]}}
