"""HTTP to Services inside the cluster, through the API server's proxy: the same way on every kind of cluster."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.ports import free_ports
from tests.waiting import wait_for


@dataclass(frozen=True)
class Services:
    """A running `kubectl proxy`."""

    root: str

    def get(self, namespace: str, service: str, path: str, *, headers: dict[str, str] | None = None) -> str:
        """The body of `GET path` from `service`, written `name:port`. Raises `OSError` for any answer but success."""
        url = f"{self.root}/api/v1/namespaces/{namespace}/services/{service}/proxy{path}"
        return _get(url, headers or {})

    def get_json(self, namespace: str, service: str, path: str, *, headers: dict[str, str] | None = None) -> Any:
        """The same as JSON data."""
        return json.loads(self.get(namespace, service, path, headers=headers))


@contextmanager
def services() -> Iterator[Services]:
    """HTTP to Services, for as long as the context lasts."""
    (port,) = free_ports(1)
    process = subprocess.Popen(["kubectl", "proxy", f"--port={port}"], stdout=subprocess.DEVNULL)
    try:
        proxy = Services(f"http://127.0.0.1:{port}")
        wait_for(lambda: _get(f"{proxy.root}/version", {}), excused=(OSError,))
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=10)


def _get(url: str, headers: dict[str, str]) -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=15) as response:
            body: bytes = response.read()
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise
    return body.decode()
