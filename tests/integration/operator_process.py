"""The operator as a process beside the tests."""

from pathlib import Path

import yaml

from tests.integration.local_process import LocalProcess
from tests.ports import free_ports


class OperatorProcess(LocalProcess):
    """The operator, with the settings of `write_settings`."""

    def __init__(self, directory: Path, *, webhook: bool = False, agents: dict[str, str] | None = None) -> None:
        (port,) = free_ports(1)
        settings = write_settings(directory, port=port, webhook=webhook, agents=agents)
        super().__init__("operator", "--config", str(settings), log=directory / "operator.log", health_port=port)


def write_settings(directory: Path, *, port: int = 8080, webhook: bool, agents: dict[str, str] | None = None) -> Path:
    """Settings in `directory`, perhaps with other images of `agents` than those built here.

    Nothing answers at the gateway's address: these tests have no traffic to measure.
    """
    built = {name: f"localhost/tracereach/agent-{name}:dev" for name in ("java", "nodejs", "python")}
    agents = built | (agents or {})
    gateway = "tracereach-gateway.tracereach-system.svc:4317"
    settings = {
        "catalogue": {"agents": agents, "collector": "localhost/tracereach/collector:dev", "gateway": gateway},
        "gateway": {"metrics": ["http://127.0.0.1:9/metrics"]},
        "port": port,
        "readLogs": True,
        "webhook": webhook,
    }
    file = directory / "settings.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file
