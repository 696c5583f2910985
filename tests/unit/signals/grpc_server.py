"""A real gRPC server on loopback, which answers every method as a test wants it to."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc


@dataclass
class Called:
    """What one call has brought: its method, its metadata and its message."""

    method: str
    metadata: dict[str, str]
    message: bytes


@dataclass
class GrpcServer:
    port: int
    calls: list[Called] = field(default_factory=list)


Answer = Callable[[grpc.ServicerContext], bytes]


@contextmanager
def grpc_server(answer: Answer, *, method: str = "shop.Catalogue/List") -> Iterator[GrpcServer]:
    """Serves one method; gRPC itself answers every other with UNIMPLEMENTED."""
    found = GrpcServer(0)

    def handle(message: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        found.calls.append(Called(method, metadata, message))
        return answer(context)

    service, name = method.split("/")
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    handler = grpc.method_handlers_generic_handler(service, {name: grpc.unary_unary_rpc_method_handler(handle)})
    server.add_generic_rpc_handlers((handler,))
    found.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield found
    finally:
        server.stop(None).wait()
