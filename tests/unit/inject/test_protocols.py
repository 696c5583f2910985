"""Where no sidecar is beside it, an agent is put in only if it can export by itself what the policy asks for."""

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template
from tracereach.api.reasons import Reason
from tracereach.inject import inject

GRPC = {"endpoint": "http://otel:4317", "protocol": "grpc"}
HTTP = {"endpoint": "http://otel:4318", "protocol": "http/protobuf"}
PYTHON = ["python3", "-m", "app"]


@pytest.mark.parametrize(
    ("command", "export", "agents"),
    [
        (PYTHON, HTTP, ("python",)),
        (["java", "-jar", "app.jar"], GRPC, ("java",)),
        (["/app"], HTTP, ("dotnet", "java", "nodejs", "python")),
        (["/app"], GRPC, ("dotnet", "java", "nodejs")),
    ],
)
@pytest.mark.parametrize("direct", [{"collector": {"mode": "Direct"}}, {}], ids=["Direct", "hostNetwork"])
def test_agents_without_a_sidecar(command: list[str], export: dict, agents: tuple[str, ...], direct: dict) -> None:
    pod = template(spec={} if direct else {"hostNetwork": True}, command=command)
    assert inject(pod, make_injection(export=export, **direct)).agents == agents


def test_a_python_application_is_left_alone_where_it_would_have_to_speak_grpc() -> None:
    pod = template(spec={"hostNetwork": True}, command=PYTHON)
    result = inject(pod, make_injection(export=GRPC))
    assert (result.template, [skipped.reason for skipped in result.skipped]) == (pod, [Reason.PROTOCOL_UNSUPPORTED])


def test_beside_a_sidecar_the_backend_s_protocol_does_not_matter() -> None:
    assert inject(template(command=PYTHON), make_injection(export=GRPC)).agents == ("python",)
