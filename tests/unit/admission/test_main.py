"""The webhook's process from its start to its end, against an API server without any objects."""

import asyncio
import os
import signal
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client.configuration import Configuration

from tests.ports import free_ports
from tests.unit.admission.reviews import review
from tests.unit.inject.conftest import CATALOGUE
from tests.waiting import wait_for_value
from tracereach.admission import application, main
from tracereach.admission.issuing import Certificates, renewed
from tracereach.admission.main import Doors
from tracereach.admission.reviewing import Reviewed
from tracereach.admission.serving_certificate import ServingCertificate
from tracereach.cluster.client import ApiServer
from tracereach.controller.process import Stopped
from tracereach.controller.settings import Settings

SETTINGS = Settings.model_validate({"catalogue": CATALOGUE, "gateway": {"metrics": ["http://127.0.0.1:9/metrics"]}})
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orders"}, "spec": {}}


@asynccontextmanager
async def _empty_cluster() -> AsyncIterator[ApiServer]:
    ended = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            response = web.StreamResponse()
            await response.prepare(request)
            await ended.wait()
            return response
        return web.json_response({"major": "1", "minor": "36", "metadata": {"resourceVersion": "1"}, "items": []})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        api = ApiServer(Configuration(host=str(server.make_url("")).rstrip("/")))
        yield api
        ended.set()
        await api.close()


class Process:
    """The webhook, in a task of this process."""

    def __init__(self, api: ApiServer, directory: Path, *, parting: float, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(main, "_PARTING_SECONDS", parting)
        issued = renewed(Certificates(), host="localhost", lifetime=timedelta(days=1), now=datetime.now(UTC))
        (directory / "tls.crt").write_bytes(issued.certificate)
        (directory / "tls.key").write_bytes(issued.key)
        self._trusting = ssl.create_default_context(cadata=issued.authorities.decode())
        reviews, health = free_ports(2)
        self._doors = Doors(reviews=reviews, health=health)
        certificate = ServingCertificate(directory)
        self.running = asyncio.create_task(main._run_parts(SETTINGS, certificate, self._doors, api))

    async def until_ready(self, *, ready: bool) -> None:
        await asyncio.to_thread(wait_for_value, self._is_ready, ready)

    async def ask(self) -> tuple[Any, str | None]:
        """The answer to a review, and what becomes of the connection."""
        async with aiohttp.ClientSession() as session:
            url = f"https://localhost:{self._doors.reviews}/pods"
            async with session.post(url, json=review(POD), ssl=self._trusting) as answer:
                return (await answer.json())["response"]["allowed"], answer.headers.get("Connection")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{self._doors.health}/readyz") as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    async def ended(self) -> None:
        async with asyncio.timeout(20):
            with pytest.raises(ExceptionGroup) as ending:
                await self.running
        assert ending.value.subgroup(lambda error: not isinstance(error, (Stopped, ExceptionGroup))) is None


async def test_it_parts_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _empty_cluster() as api:
        process = Process(api, tmp_path, parting=2, monkeypatch=monkeypatch)
        await process.until_ready(ready=True)
        assert await process.ask() == (True, None)
        os.kill(os.getpid(), signal.SIGTERM)
        await process.until_ready(ready=False)
        assert await process.ask() == (True, "close"), "those who have not heard of it yet are still answered"
        await process.ended()


async def test_a_review_under_way_is_answered_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, enough = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_: object) -> Reviewed:
        loop.call_soon_threadsafe(begun.set)
        enough.wait(20)
        return Reviewed("Merged")

    monkeypatch.setattr(application, "review_pod", slow)
    async with _empty_cluster() as api:
        process = Process(api, tmp_path, parting=0, monkeypatch=monkeypatch)
        await process.until_ready(ready=True)
        asking = asyncio.create_task(process.ask())
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await process.until_ready(ready=False)
        enough.set()
        assert (await asking)[0] is True
        await process.ended()
