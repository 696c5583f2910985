"""Reads the counters of every replica of the coverage gateway. A replica that does not answer is part of the answer."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
from yarl import URL

from tracereach.coverage.counters import Counters
from tracereach.signals.bounded_body import LARGEST, bounded_body
from tracereach.signals.prometheus import UnreadableMetrics, parse
from tracereach.signals.reading import Reading, Unreachable


async def read(session: aiohttp.ClientSession, urls: Iterable[str], *, timeout_seconds: float = 5) -> Reading:
    """Scrape every replica behind the URLs at once.

    The host of an `http` URL may be a headless Service: each of its addresses is a replica of its own. Replicas are
    kept apart, because each counts from its own start. Never raises for a gateway that is away or talks nonsense.
    """
    found = await asyncio.gather(*(_replicas(URL(url), timeout_seconds) for url in urls))
    targets = [target for group in found for target in group if isinstance(target, _Replica)]
    answers = await asyncio.gather(*(_scrape(session, target, timeout_seconds) for target in targets))
    problems = [target for group in found for target in group if isinstance(target, Unreachable)]
    problems += [answer for answer in answers if isinstance(answer, Unreachable)]
    replicas = {
        str(target.url): answer for target, answer in zip(targets, answers, strict=True) if isinstance(answer, Counters)
    }
    return Reading(replicas, tuple(problems))


@dataclass(frozen=True)
class _Replica:
    url: URL
    host: str
    """The name that the URL had before it was resolved."""


async def _replicas(url: URL, timeout_seconds: float) -> list[_Replica | Unreachable]:
    """One for each address of the host; an `https` URL stays whole, since its certificate is for the name."""
    host = url.host or ""
    if url.scheme == "https":
        return [_Replica(url, host)]
    try:
        async with asyncio.timeout(timeout_seconds):
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, url.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return [Unreachable(str(url), "its name was not resolved in time")]
    except OSError as error:
        return [Unreachable(str(url), f"its name does not resolve: {error.strerror or error}")]
    addresses = sorted({str(address[0]) for *_, address in found})
    return [_Replica(url.with_host(address), host) for address in addresses]


async def _scrape(session: aiohttp.ClientSession, replica: _Replica, timeout_seconds: float) -> Counters | Unreachable:
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    headers = {"Host": f"{replica.host}:{replica.url.port}"}
    try:
        async with session.get(replica.url, timeout=timeout, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                return Unreachable(str(replica.url), f"answered {response.status}")
            body = await bounded_body(response.content, LARGEST)
        if body is None:
            return Unreachable(str(replica.url), f"answered with more than {LARGEST} bytes")
        return await asyncio.to_thread(parse, body.decode(errors="replace"))
    except TimeoutError:
        return Unreachable(str(replica.url), f"no answer within {timeout_seconds:g} s")
    except (aiohttp.ClientError, OSError, UnreadableMetrics) as error:
        return Unreachable(str(replica.url), str(error))
