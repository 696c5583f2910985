"""Sends one probe by gRPC: an empty unary call with a reserved trace id, of whose answer only the status is looked at.

The frames are made by `h2`. Clients of gRPC report a server that is not there as they report one that answers with
`UNAVAILABLE`, name themselves in the user agent, and try again; a probe must do none of that.
"""

import asyncio
import re
from dataclasses import dataclass

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from tracereach.signals.probe_headers import Format, probe_headers

_EMPTY_MESSAGE = bytes(5)
"""Not compressed, and of zero bytes, as a message without any field set is encoded."""
_LARGEST = 4 * 1024 * 1024
"""Bytes of an answer, most of which are a message that nobody looks at: the status comes behind it."""
_PIECE = 64 * 1024
_NUMBER = re.compile(rb"[0-9]{1,9}")
_STATUS_TEXT = 16
"""Bytes that are told of what stands where the status of HTTP belongs."""


@dataclass(frozen=True)
class GrpcRequest:
    """Whom to call for what. The address is a pod's; `host` is the name by which its Service is known."""

    address: str
    port: int
    host: str
    method: str
    """`package.Service/Method`."""


async def call(
    request: GrpcRequest, trace_id: str, *, headers: Format = "all", timeout_seconds: float = 5
) -> int | str:
    """The gRPC status of the answer, or why there is none. Speaks without TLS, once; never raises for peers."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":authority": f"{request.host}:{request.port}",
        ":path": f"/{request.method}",
        "te": "trailers",
        "content-type": "application/grpc",
        "grpc-timeout": f"{round(timeout_seconds * 1000)}m",
    }
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _called(request, fields | probe_headers(trace_id, headers))
    except TimeoutError:
        return f"no answer within {timeout_seconds:g} s"
    except H2Error:
        return "it does not speak HTTP/2 without TLS, which gRPC is sent over"
    except OSError as error:
        return str(error) or type(error).__name__


async def _called(request: GrpcRequest, fields: dict[str, str]) -> int | str:
    reader, writer = await asyncio.open_connection(request.address, request.port)
    try:
        connection, received = _begun(fields), 0
        while received <= _LARGEST:
            writer.write(connection.data_to_send())
            await writer.drain()
            piece = await reader.read(_PIECE)
            if not piece:
                return "it closed the connection"
            received += len(piece)
            for event in connection.receive_data(piece):
                answer = _answer(event)
                if answer is not None:
                    return answer
                if isinstance(event, DataReceived):
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        return f"its answer has more than {_LARGEST} bytes"
    finally:
        writer.close()


def _begun(fields: dict[str, str]) -> H2Connection:
    """A connection with the whole call in its buffer, over which nothing may be pushed."""
    connection = H2Connection(H2Configuration(header_encoding=None))
    connection.local_settings = Settings(client=True, initial_values={SettingCodes.ENABLE_PUSH: 0})
    connection.initiate_connection()
    stream = connection.get_next_available_stream_id()
    connection.send_headers(stream, list(fields.items()))
    connection.send_data(stream, _EMPTY_MESSAGE, end_stream=True)
    return connection


def _answer(event: Event) -> int | str | None:
    """What the call has come to by this event; None where it goes on."""
    match event:
        case ResponseReceived() | TrailersReceived():
            return _status(dict(event.headers))
        case StreamEnded():
            return "its answer ends without a gRPC status"
        case StreamReset():
            return f"it broke the call off ({getattr(event.error_code, 'name', event.error_code)})"
        case ConnectionTerminated():
            return "it closed the connection"
    return None


def _status(fields: dict[bytes, bytes]) -> int | str | None:
    """The gRPC status among the headers or trailers of an answer. HTTP's must be 200, whatever the call has come to."""
    status, http = fields.get(b"grpc-status"), fields.get(b":status", b"200")
    if status is not None:
        return int(status) if _NUMBER.fullmatch(status) else "its gRPC status is no number"
    if http == b"200":
        return None
    return f"it answers with HTTP {http[:_STATUS_TEXT].decode(errors='replace')} and without a gRPC status"
