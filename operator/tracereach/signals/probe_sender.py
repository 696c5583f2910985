"""Sends one probe by HTTP: a request with a reserved trace id, of whose answer only the status is looked at."""

from dataclasses import dataclass
from typing import Literal

import aiohttp
from yarl import URL

from tracereach.signals.probe_headers import Format, probe_headers


@dataclass(frozen=True)
class ProbeRequest:
    """Whom to ask for what. The address is a pod's; `host` is the name by which its Service is known."""

    address: str
    port: int
    host: str
    path: str = "/"
    method: Literal["GET", "HEAD"] = "GET"


async def send(
    session: aiohttp.ClientSession,
    request: ProbeRequest,
    trace_id: str,
    *,
    headers: Format = "all",
    timeout_seconds: float = 5,
) -> int | str:
    """The status of the answer, or why there is none. Follows no redirect and reads no body; never raises for peers."""
    context = probe_headers(trace_id, headers) | {"Host": f"{request.host}:{request.port}"}
    address = f"[{request.address}]" if ":" in request.address else request.address
    url = URL(f"http://{address}:{request.port}{request.path}", encoded=True)
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    try:
        async with session.request(
            request.method, url, headers=context, timeout=timeout, allow_redirects=False
        ) as response:
            return response.status
    except TimeoutError:
        return f"no answer within {timeout_seconds:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return str(error) or type(error).__name__
