"""A real Prometheus on this machine, which scrapes every second what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.integration.gateway.ready import answers
from tests.ports import free_ports
from tests.testbed import paths

PROMETHEUS = paths.binaries() / "prometheus"


@dataclass(frozen=True)
class Target:
    """A host with a port, and the labels that finding it by the Kubernetes API would give it."""

    address: str
    labels: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def prometheus(directory: Path, targets: list[Target], *, job: str, honor_labels: bool) -> AsyncIterator[str]:
    """The URL of a Prometheus that scrapes `/metrics` of the targets, and is ready to be asked."""
    assert PROMETHEUS.exists(), f"{PROMETHEUS} is missing: run the tests by `make integration`"
    groups = [{"targets": [target.address], "labels": dict(target.labels)} for target in targets]
    scrape = {"job_name": job, "honor_labels": honor_labels, "static_configs": groups}
    configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [scrape]}
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    arguments = (
        f"--config.file={directory / 'prometheus.yaml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    )
    with (directory / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(str(PROMETHEUS), *arguments, stderr=log)
        try:
            await answers(f"http://{address}/-/ready", process, seconds=60)
            yield f"http://{address}"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
