"""Asks a Prometheus that scrapes the coverage gateway for its counters. One that does not answer is part of the answer.

Prometheus' API: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from tracereach.coverage.counters import Counters
from tracereach.signals.bounded_body import LARGEST, bounded_body
from tracereach.signals.prometheus_answer import UnusableAnswer, error_in, replicas_in, selector
from tracereach.signals.reading import Reading, Unreachable

OLDEST_SECONDS = 90
"""Of a sample that still counts, instead of Prometheus' five minutes: what is not scraped must not look idle for long.

More than Prometheus' default interval between scrapes, which is a minute. A target that is gone goes at once.
"""
_LARGEST_ERROR = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750, section 2.1."""


@dataclass(frozen=True)
class PrometheusServer:
    """Whom to ask, for the series with which labels, and the file with a bearer token for it."""

    url: str
    labels: Mapping[str, str] = field(default_factory=dict)
    token_file: Path | None = None


async def query(session: aiohttp.ClientSession, server: PrometheusServer, *, timeout_seconds: float = 10) -> Reading:
    """The counters of every replica that Prometheus has scraped within `OLDEST_SECONDS`. Never raises for the server.

    The token is read each time, since the kubelet replaces it. An answer that is not whole counts as none.
    """
    url = URL(server.url.rstrip("/") + "/api/v1/query")
    try:
        async with asyncio.timeout(timeout_seconds):
            replicas = await _ask(session, url, server, timeout_seconds)
    except TimeoutError:
        return _nothing(server, f"no answer within {timeout_seconds:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return _nothing(server, str(error) or type(error).__name__)
    if not replicas:
        return _nothing(server, "it has no counters of a coverage gateway: is that scraped, and do the labels fit?")
    return Reading(replicas)


async def _ask(
    session: aiohttp.ClientSession, url: URL, server: PrometheusServer, timeout_seconds: float
) -> Mapping[str, Counters]:
    parameters = {
        "query": selector(server.labels),
        "timeout": f"{timeout_seconds:g}",
        "lookback_delta": str(OLDEST_SECONDS),
    }
    headers = await asyncio.to_thread(_authorization, server.token_file) if server.token_file else {}
    async with session.get(url, params=parameters, headers=headers, allow_redirects=False) as response:
        if response.status != 200:
            told = error_in(await bounded_body(response.content, _LARGEST_ERROR) or b"")
            raise UnusableAnswer(f"answered {response.status}{told and f', {told}'}")
        body = await bounded_body(response.content, LARGEST)
    if body is None:
        raise UnusableAnswer(f"answered with more than {LARGEST} bytes")
    return await asyncio.to_thread(replicas_in, body)


def _authorization(file: Path) -> dict[str, str]:
    """The header with the token in the file. Raises OSError, and `UnusableAnswer` without a word of what is in it."""
    with file.open("rb") as opened:
        token = opened.read(_LARGEST_ERROR).decode(errors="replace").strip()
    if not _TOKEN.fullmatch(token):
        raise UnusableAnswer(f"{file} holds no bearer token")
    return {"Authorization": f"Bearer {token}"}


def _nothing(server: PrometheusServer, reason: str) -> Reading:
    return Reading({}, (Unreachable(server.url, reason),))
