"""An API server on loopback that lists, patches and deletes what a test puts into it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class ObjectServer:
    """`collections` by path hold objects by name; `answers` by path are given as they are: status and JSON.

    Whatever is asked for next gets the first of `faults`, while there are any.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.collections: dict[str, dict[str, dict[str, Any]]] = {}
        self.answers: dict[str, tuple[int, Any]] = {}
        self.faults: list[tuple[int, Any]] = []
        self.deleted: list[str] = []
        self.patched: list[str] = []
        self.patches: dict[str, Any] = {}
        """The newest patch of each object, by path."""
        self.selectors: dict[str, str] = {}
        """The newest label selector of each path that was asked for with one."""
        self.posted: dict[str, Any] = {}
        """The newest body sent to each path by POST."""
        self.on_list: Callable[[], None] = lambda: None
        self.on_path: Callable[[str], None] = lambda _: None

    def put(self, path: str, *objects: dict[str, Any]) -> None:
        self.collections.setdefault(path, {}).update({item["metadata"]["name"]: item for item in objects})

    def kubeconfig(self) -> str:
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
                "users": [{"name": "test", "user": {}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "current-context": "test",
            }
        )

    def answer(self, method: str, path: str) -> tuple[int, Any]:
        self.on_path(path)
        if self.faults:
            return self.faults.pop(0)
        if method == "PATCH":
            self.patched.append(path)
        if path in self.answers:
            return self.answers[path]
        if method == "PATCH" and (found := self._found(path)):
            return 200, found
        if method == "GET" and path in self.collections:
            self.on_list()
            return 200, {"metadata": {"resourceVersion": "1"}, "items": list(self.collections[path].values())}
        if method == "DELETE":
            self.deleted.append(path)
            return 200, {"kind": "Status", "status": "Success"}
        return 404, {"kind": "Status", "code": 404, "reason": "NotFound", "message": "the server could not find it"}

    def _found(self, path: str) -> dict[str, Any] | None:
        """The object at `path`, also where it is listed with those of all namespaces."""
        *_, plural, name = path.split("/")
        lists = (objects for listed, objects in self.collections.items() if listed.endswith(f"/{plural}"))
        return next((objects[name] for objects in lists if name in objects), None)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["ObjectServer"]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                sent, path = self.rfile.read(int(self.headers.get("Content-Length") or 0)), urlsplit(self.path).path
                for selector in parse_qs(urlsplit(self.path).query).get("labelSelector", ()):
                    server.selectors[path] = selector
                if self.command == "PATCH":
                    server.patches[path] = json.loads(sent)
                if self.command == "POST":
                    server.posted[path] = json.loads(sent)
                status, content = server.answer(self.command, path)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_DELETE = do_PATCH = do_POST = _handle  # noqa: N815 - the base class looks for these names

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
            server = cls(http.server_address[1])
            thread = threading.Thread(target=http.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield server
            finally:
                http.shutdown()
                thread.join()
