"""A client that answers from a script and remembers what it was asked, for the rooms that only write."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.resources import Object


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any = None
    content_type: str = ""


class RecordingApi(ApiServer):
    """`answers` are given in order, errors among them raised; without one left the answer is an empty object."""

    def __init__(self, *answers: Object | ApiError) -> None:
        self.requests: list[Request] = []
        self._answers = deque(answers)

    async def get(self, path: str, **_: str) -> Object:
        return self._answer(Request("GET", path))

    async def create(self, path: str, body: Object) -> Object:
        return self._answer(Request("POST", path, body))

    async def patch(self, path: str, body: Object | list[Object], content_type: str) -> Object:
        return self._answer(Request("PATCH", path, body, content_type))

    async def delete(self, path: str, body: Object | None = None) -> Object:
        return self._answer(Request("DELETE", path, body))

    def _answer(self, request: Request) -> Object:
        self.requests.append(request)
        answer = self._answers.popleft() if self._answers else {}
        if isinstance(answer, ApiError):
            raise answer
        return answer
