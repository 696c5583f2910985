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
