"""Ports for what the tests start on this machine."""

import socket


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on. Each is held until all are chosen, so that none comes twice."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports
