"""What holds for every template, and not only for those somebody thought of."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.templates import pod_templates
from tracereach.api import names
from tracereach.inject import Merge, inject, merge, remove
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
@given(pod_templates, injections, injections, merges)
def test_nothing_that_is_done_with_a_template_changes_it(template, older, newer, how):
    """A result shares with its input what is the same in both, so nobody may write into either."""
    injected = inject(template, older, how).template
    stored = without_empty_values(json.loads(as_bytes(injected)))
    every = [template, injected, stored]
    before = [as_bytes(one) for one in every]
    for one in every:
        merge(one)
        inject(one, newer, how)
        remove(one)
    assert [as_bytes(one) for one in every] == before


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
    before = {container["name"]: container for container in containers(template)}
    loaders = {loader.name: loader for agent in AGENTS.values() for loader in agent.loaders}
    for container in containers(inject(template, injection, merge).template):
        if not any(not source.get("prefix") for source in container.get("envFrom") or []):
            continue
        for name in loaders.keys() & environment(container).keys() - environment(before[container["name"]]).keys():
            assert loaders[name].harmless_unset
            assert f"$({name})" in environment(container)[name]["value"]


@thorough
@given(pod_templates, injections)
def test_merging_a_stamped_pod_gives_what_merging_in_place_gives(template, injection):
    stamped = inject(template, injection, Merge.STAMP)
    in_place = inject(template, injection, Merge.IN_PLACE)
    merged = merge(stamped.template)
    assert without_marks(merged) == without_marks(in_place.template)
    assert stamped.agents == in_place.agents
    assert stamped.merged == in_place.merged
    assert merge(merged) == merged


@thorough
@given(pod_templates, injections)
def test_a_container_that_is_merged_is_in_the_template_as_the_user_wrote_it(template, injection):
    result = inject(template, injection, Merge.STAMP)
    labels = (result.template.get("metadata") or {}).get("labels") or {}
    assert (labels.get(names.MERGE_LABEL) == names.MERGE_WANTED) == bool(result.merged)
    for before, after in zip(containers(template), containers(result.template), strict=False):
        if before["name"] in result.merged:
            assert after == before


@thorough
@given(pod_templates, injections, st.sampled_from([Merge.STAMP, Merge.IN_PLACE]))
def test_what_the_user_set_reaches_the_process(template, injection, how):
    """A merged value contains the user's, a reference of theirs is referred to, all else is untouched."""
    result = merge(inject(template, injection, how).template)
    for before, after in zip(containers(template), containers(result), strict=False):
        present = environment(after)
        for name, entry in environment(before).items():
            if "valueFrom" in entry and present[name] != entry:
                assert present[f"TRACEREACH_USER_{name}"]["valueFrom"] == entry["valueFrom"]
                assert f"$(TRACEREACH_USER_{name})" in present[name]["value"]
            else:
                assert (entry.get("value") or "") in (present[name].get("value") or "")


def without_marks(template):
    """The template without stamp and record, and without the maps that only they made."""
    result = json.loads(json.dumps(template))
    metadata = result["metadata"] if result.get("metadata") else {}
    for key, marks in {
        "labels": {names.MERGE_LABEL},
        "annotations": {names.MERGE_ANNOTATION, names.RECORD_ANNOTATION},
    }.items():
        if metadata.get(key):
            metadata[key] = {name: value for name, value in metadata[key].items() if name not in marks}
    return result


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


@thorough
@given(pod_templates, injections)
def test_a_user_s_edit_of_a_merged_value_stays_and_nothing_of_ours_does(template, injection):
    result = inject(template, injection, Merge.IN_PLACE)
    loaders = {loader.name for agent in AGENTS.values() for loader in agent.loaders if not loader.exclusive}
    before = {container["name"]: environment(container) for container in containers(template)}
    edited = [
        (container["name"], name, entry)
        for container in containers(result.template)
        for name, entry in environment(container).items()
        if name in loaders and entry != before.get(container["name"], {}).get(name)
    ]
    for _, name, entry in edited:
        entry["value"] = f"/edited{' ' if name.endswith('_OPTIONS') else ':'}{entry['value']}"
    restored = remove(result.template)
    after = {container["name"]: environment(container) for container in containers(restored)}
    for container, name, _ in edited:
        assert "/edited" in after[container][name]["value"]
        assert "/otel-auto-instrumentation-" not in after[container][name]["value"]
        assert (before[container].get(name, {}).get("value") or "") in after[container][name]["value"]
    assert as_bytes(remove(inject(restored, injection, Merge.IN_PLACE).template)) == as_bytes(restored)
