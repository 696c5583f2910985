"""Where the operator is asked: at its Service, which the Helm release gives its name, or a name that is likely."""

import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tests.unit.cli.test_coverage import TRACE_ID, answer, probed
from tracereach.cluster.resources import SERVICES

LISTED = SERVICES.collection("tracing")
LABELS = "app.kubernetes.io/name=tracereach,app.kubernetes.io/component=operator"
USUAL, OTHER = (f"{LISTED}/{name}:8080/proxy" for name in ("tracereach-operator", "reach-operator"))
FORBIDDEN = (403, {"kind": "Status", "reason": "Forbidden", "message": "services is forbidden"})


def serve(server: ObjectServer, proxy: str) -> None:
    server.answers[f"{proxy}/api/coverage"] = (200, answer().model_dump(mode="json", by_alias=True))


def test_a_release_of_any_name_is_found_by_labels(call: Call, server: ObjectServer) -> None:
    server.put(LISTED, {"metadata": {"name": "reach-operator", "namespace": "tracing"}})
    serve(server, OTHER)
    assert call("map", "--operator-namespace", "tracing").exit_code == 0
    assert server.selectors == {LISTED: LABELS}


def test_what_is_asked_by_a_probe_goes_there_too(call: Call, server: ObjectServer) -> None:
    server.put(LISTED, {"metadata": {"name": "reach-operator", "namespace": "tracing"}})
    probed(server, [])
    problem = {"traceId": TRACE_ID, "status": 0, "grpcStatus": "", "problem": "nobody there"}
    server.answers = {f"{OTHER}/api/probes": (200, problem)}
    result = call("probe", "http://c.shop", "--operator-namespace", "tracing")
    assert (result.exit_code, result.stderr) == (1, "c did not answer: nobody there\n")


@pytest.mark.parametrize("services", [FORBIDDEN, (200, {"metadata": {}, "items": []})], ids=["forbidden", "none"])
def test_the_usual_name_is_tried_where_nothing_is_found(
    call: Call, server: ObjectServer, services: tuple[int, object]
) -> None:
    server.answers[LISTED] = services
    serve(server, USUAL)
    assert call("map", "--operator-namespace", "tracing").exit_code == 0


@pytest.mark.parametrize("command", [("map",), ("probe", "http://c.shop")], ids=["get", "post"])
def test_an_operator_that_is_elsewhere_is_an_error_that_says_what_to_do(
    call: Call, server: ObjectServer, command: tuple[str, ...]
) -> None:
    missing = (404, {"kind": "Status", "reason": "NotFound", "message": 'services "tracereach-operator" not found'})
    server.answers |= {f"{USUAL}/api/{path}": missing for path in ("coverage", "probes")}
    result = call(*command, "--operator-namespace", "tracing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        'services "tracereach-operator" not found. Namespace tracing has no Service of the operator:'
        " name another by --operator-namespace.\n"
    )


@pytest.mark.parametrize(
    ("command", "verb"), [(("map",), "get"), (("probe", "http://c.shop"), "create")], ids=["get", "post"]
)
def test_who_may_not_use_the_proxy_is_told_the_right(
    call: Call, server: ObjectServer, command: tuple[str, ...], verb: str
) -> None:
    server.answers |= {LISTED: FORBIDDEN} | {f"{USUAL}/api/{path}": FORBIDDEN for path in ("coverage", "probes")}
    result = call(*command, "--operator-namespace", "tracing")
    assert (result.exit_code, result.stderr) == (
        1,
        f"services is forbidden. Ask for the right to {verb} services/proxy in namespace tracing.\n",
    )
