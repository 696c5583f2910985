"""The webhook serves the newest certificate that can be used, over the sockets it has."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from tests.unit.admission.test_application import FakeState
from tracereach.admission.application import health
from tracereach.admission.issuing import Certificates, renewed
from tracereach.admission.serving_certificate import ServingCertificate
from tracereach.web.application import serve


def _issue() -> Certificates:
    return renewed(Certificates(), host="localhost", lifetime=timedelta(days=1), now=datetime.now(UTC))


def _store(issued: Certificates, directory: Path, *, key: bytes | None = None) -> None:
    (directory / "tls.crt").write_bytes(issued.certificate)
    (directory / "tls.key").write_bytes(issued.key if key is None else key)


async def _is_trusted(port: int, authority: Certificates) -> bool:
    """Whether a new connection is one to a server that `authority` vouches for."""
    trusting = ssl.create_default_context(cadata=authority.authorities.decode())
    connector = aiohttp.TCPConnector(ssl=trusting, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            async with session.get(f"https://localhost:{port}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectorError:
            return False


async def test_a_new_certificate_takes_over_without_a_restart(tmp_path: Path) -> None:
    certificate, first, second = ServingCertificate(tmp_path), _issue(), _issue()
    certificate.refresh()
    assert not certificate.loaded
    async with serve(health(FakeState(), CollectorRegistry()), 0, host="localhost", tls=certificate.context) as port:
        assert not await _is_trusted(port, first)
        _store(first, tmp_path)
        certificate.refresh()
        assert certificate.loaded
        assert await _is_trusted(port, first)
        _store(second, tmp_path)
        certificate.refresh()
        assert [await _is_trusted(port, authority) for authority in (first, second)] == [False, True]


@pytest.mark.parametrize("damage", ["key of another", "no key", "gone"])
async def test_a_damaged_one_leaves_the_one_before_in_place(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, first = ServingCertificate(tmp_path), _issue()
    _store(first, tmp_path)
    certificate.refresh()
    if damage == "gone":
        (tmp_path / "tls.key").unlink()
    else:
        _store(_issue(), tmp_path, key=_issue().key if damage == "key of another" else b"")
    certificate.refresh()
    certificate.refresh()
    assert caplog.text.count("cannot be used") == (0 if damage == "gone" else 1), "said once, and not every time"
    async with serve(health(FakeState(), CollectorRegistry()), 0, host="localhost", tls=certificate.context) as port:
        assert await _is_trusted(port, first)
