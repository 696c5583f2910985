import json

import pytest

from tracereach.cluster.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Gone,
    NotFound,
    Refused,
    Unavailable,
    from_response,
    from_status,
)

FAILED_TEST = {
    "code": 422,
    "reason": "Invalid",
    "message": "the server rejected our request due to an error in our request",
    "details": {},
}


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ({"code": 400}, Refused),
        ({"code": 401}, Refused),
        ({"code": 403, "reason": "Forbidden"}, Refused),
        ({"code": 404}, NotFound),
        ({"code": 409, "reason": "Conflict"}, Conflict),
        ({"code": 409, "reason": "AlreadyExists"}, AlreadyExists),
        ({"code": 410, "reason": "Expired"}, Gone),
        ({"code": 422, "reason": "Invalid", "message": "spec.selector: field is immutable"}, Refused),
        (FAILED_TEST, Conflict),
        ({"code": 429}, Unavailable),
        ({"code": 500}, Unavailable),
        ({"code": 503}, Unavailable),
        ({"code": 504}, Unavailable),
    ],
)
def test_each_answer_is_one_decision(status: dict[str, object], decision: type[ApiError]) -> None:
    assert type(from_status(status, path="/path")) is decision


def test_the_text_names_path_and_status() -> None:
    refused = {"code": 403, "reason": "Forbidden", "message": "no rights"}
    assert str(from_status(refused, path="/api/v1/nodes")) == "/api/v1/nodes: no rights (403 Forbidden)"


@pytest.mark.parametrize("body", [b"", b"upstream connect error", b"[]", json.dumps({"code": 200}).encode()])
def test_the_status_of_the_answer_counts_whatever_the_body_is(body: bytes) -> None:
    error = from_response(status=502, body=body, path="/path", headers={})
    assert isinstance(error, Unavailable)
    assert error.status == 502
    assert error.retry_after is None
