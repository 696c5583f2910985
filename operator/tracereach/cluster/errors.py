"""What an answer of the API server means for the caller: try again, read again, or give up and say why.

The subclass is the decision; every caller in the package catches a decision, never a status code.
"""

import json
from collections.abc import Mapping
from typing import Any

_NOT_APPLICABLE = "the server rejected our request due to an error in our request"
"""How the API server words a JSON Patch that does not apply, a `test` that does not hold among them.

The status is 422, as for an invalid object, but without a name. Our patches test the version they were made from, so
one that does not apply means that the object has changed.
"""


class ApiError(Exception):
    """A request that failed. `status` is the HTTP status, 0 where no answer came."""

    def __init__(self, *, status: int, reason: str, message: str, path: str, retry_after: float | None = None) -> None:
        super().__init__(f"{path}: {message} ({status} {reason})" if status else f"{path}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.path = path
        self.retry_after = retry_after
        """Seconds that the server asks to wait before the next try, where it asks."""


class NotFound(ApiError):
    """The object, or its kind, is not there."""


class Conflict(ApiError):
    """Somebody wrote the object in between: read it again and decide anew."""


class AlreadyExists(ApiError):
    """An object of this name is there already."""


class Gone(ApiError):
    """The resourceVersion or the continue token is too old: LIST again."""


class Refused(ApiError):
    """The request will never succeed as it is; the message says why."""


class Unavailable(ApiError):
    """No answer, or an answer that says to come back later: retry."""


_DECISIONS: dict[int, type[ApiError]] = {404: NotFound, 409: Conflict, 410: Gone, 429: Unavailable}


def from_response(*, status: int, body: bytes, path: str, headers: Mapping[str, str]) -> ApiError:
    """The error that an HTTP answer of 400 or above means."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        content = {"message": body.decode(errors="replace").strip() or "no explanation"}
    return from_status(content | {"code": status}, path=path, retry_after=_seconds(headers.get("Retry-After")))


def from_status(content: Mapping[str, Any], *, path: str, retry_after: float | None = None) -> ApiError:
    """The error that a `Status` object means, whether it is an answer or an ERROR event of a watch."""
    status, reason = int(content.get("code") or 0), str(content.get("reason") or "")
    message = str(content.get("message") or "no explanation")
    decision = _decision(status, reason, message)
    return decision(status=status, reason=reason, message=message, path=path, retry_after=retry_after)


def _decision(status: int, reason: str, message: str) -> type[ApiError]:
    if status == 0 or status >= 500:
        return Unavailable
    if reason == "AlreadyExists":
        return AlreadyExists
    if status == 422 and message == _NOT_APPLICABLE:
        return Conflict
    return _DECISIONS.get(status, Refused)


def _seconds(header: str | None) -> float | None:
    """`Retry-After` in its form of seconds; the API server never sends the form of a date."""
    return float(header) if header and header.isdecimal() else None
