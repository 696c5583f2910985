"""An OTLP receiver in this process, for the spans of the applications that the tests of the agents start."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Receiver:
    """What has arrived, by OTLP over HTTP in protobuf."""

    endpoint: str
    _spans: list[Span] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def spans(self) -> list[Span]:
        """Every span so far."""
        with self._arrived:
            return list(self._spans)

    def wait_for(self, count: int, *, seconds: float = 20) -> list[Span]:
        """The spans, once there are `count`; fails where they do not come in time."""
        with self._arrived:
            complete = self._arrived.wait_for(lambda: len(self._spans) >= count, timeout=seconds)
            assert complete, f"{len(self._spans)} of {count} spans arrived: {[span.name for span in self._spans]}"
            return list(self._spans)

    def add(self, body: bytes) -> None:
        """Take in one export request."""
        request = ExportTraceServiceRequest.FromString(body)
        with self._arrived:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self._spans.extend(scope.spans)
            self._arrived.notify_all()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    """What was posted, by its length or in chunks, as Node.js does."""
    if "Content-Length" in request.headers:
        return request.rfile.read(int(request.headers["Content-Length"]))
    chunks = []
    while size := int(request.rfile.readline(), 16):
        chunks.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(chunks)


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.add(_body(self))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (the name of the base class)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
