import pytest
import yaml

from tests.unit.cli.conftest import DATA, POLICY, Call


def test_files_without_an_injection_stay_as_they_are(call: Call) -> None:
    assert call("remove", "-f", str(DATA / "shop.yaml")).stdout_bytes == (DATA / "shop.yaml").read_bytes()


def test_what_the_user_changed_since_stays(call: Call) -> None:
    text = call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY).stdout
    edited = text.replace("value: tracecontext,baggage", "value: b3multi")
    back = list(yaml.safe_load_all(call("remove", "-f", "-", stdin=edited).stdout))
    original = list(yaml.safe_load_all((DATA / "shop.yaml").read_text()))
    kept = back[1]["spec"]["template"]["spec"]["containers"][0]["env"].pop()
    assert kept == {"name": "OTEL_PROPAGATORS", "value": "b3multi"}
    assert back == original


def test_a_policy_is_not_asked_for(call: Call) -> None:
    result = call("remove", "-f", "absent.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "absent.yaml: No such file or directory\n")


SIDECAR = "{name: tracereach-collector, image: c}"


@pytest.mark.parametrize(
    ("pod", "sign"),
    [
        ("containers: [{name: app}], volumes: [{name: tracereach-java}]", "volume tracereach-java"),
        (f"containers: [{{name: app}}], initContainers: [{SIDECAR}]", "container tracereach-collector"),
        (
            "containers: [{name: app, env: [{name: TRACEREACH_POD_NAME}]}]",
            "variable TRACEREACH_POD_NAME of container app",
        ),
    ],
)
def test_an_injection_whose_record_is_gone_is_refused(call: Call, pod: str, sign: str) -> None:
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {{template: {{spec: {{{pod}}}}}}}\n"
    result = call("remove", "-f", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"standard input: document 1, line 4: /Deployment/a: {sign} is of an injection whose record is gone,"
        " the annotation tracereach.dev/injection; restore the pod template from its manifest\n"
    )


def test_an_injection_whose_annotations_were_pruned_is_refused(call: Call) -> None:
    documents = list(yaml.safe_load_all(call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY).stdout))
    for document in filter(None, documents):
        metadata = ((document.get("spec") or {}).get("template") or {}).get("metadata") or {}
        metadata.pop("annotations", None)
    result = call("remove", "-f", "-", stdin=yaml.safe_dump_all(documents))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "whose record is gone" in result.stderr
