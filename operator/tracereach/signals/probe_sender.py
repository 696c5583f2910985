"""Sends one probe: a request with a reserved trace id to one address, of whose answer only the status is looked at."""

import secrets
from dataclasses import dataclass
from typing import Literal

import aiohttp
from yarl import URL

from tracereach.signals.probes import PROBE_TRACE_PREFIX, user_agent

Format = Literal["w3c", "b3", "all"]


@dataclass(frozen=True)
class ProbeRequest:
    """Whom to ask for what. The address is a pod's; `host` is the name by which its Service is known."""

    address: str
    port: int
    host: str
    path: str = "/"
    method: Literal["GET", "HEAD"] = "GET"


def new_trace_id() -> str:
    """A trace id of a probe: 32 hexadecimal digits."""
    return PROBE_TRACE_PREFIX + secrets.token_hex(8)


async def send(
    session: aiohttp.ClientSession,
    request: ProbeRequest,
    trace_id: str,
    *,
    headers: Format = "all",
    timeout_seconds: float = 5,
) -> int | str:
    """The status of the answer, or why there is none. Follows no redirect and reads no body; never raises for peers."""
    span_id = secrets.token_hex(8)
    context = {"User-Agent": user_agent(trace_id), "Host": f"{request.host}:{request.port}"}
    if headers in {"w3c", "all"}:
        context["traceparent"] = f"00-{trace_id}-{span_id}-01"
    if headers in {"b3", "all"}:
        context["b3"] = f"{trace_id}-{span_id}-1"
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
