"""AdmissionReview, `admission.k8s.io/v1`: what the API server asks, and what it is answered.

Every answer allows the write. The webhook changes objects or leaves them alone; it never stands in anybody's way.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracereach.cluster.resources import Object

_API_VERSION = "admission.k8s.io/v1"


class MalformedReview(Exception):
    """The body is no AdmissionReview of this version, so it cannot even be answered."""


@dataclass(frozen=True)
class Review:
    """One request of the API server."""

    uid: str
    operation: str
    kind: str
    namespace: str
    name: str
    """Empty where the API server has yet to generate it."""
    field_manager: str
    object: Object
    old_object: Object | None = None
    """Missing unless the operation is UPDATE."""

    def __str__(self) -> str:
        return f"{self.operation} {self.namespace}/{self.kind}/{self.name or '(not yet named)'}"


def read_review(body: bytes) -> Review:
    """The review in `body`. Raises `MalformedReview`."""
    try:
        content = json.loads(body)
        if content["apiVersion"] != _API_VERSION or content["kind"] != "AdmissionReview":
            raise MalformedReview(f"only AdmissionReview of {_API_VERSION} is taken")
        return _review(content["request"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedReview(f"not an AdmissionReview: {type(error).__name__}: {error}") from error


def allowed(uid: str, patch: Sequence[Object] = ()) -> Object:
    """The answer that lets the object of request `uid` pass, changed by the JSON Patch `patch`."""
    response: Object = {"uid": uid, "allowed": True}
    if patch:
        text = json.dumps(patch, separators=(",", ":")).encode()
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(text).decode()}
    return {"apiVersion": _API_VERSION, "kind": "AdmissionReview", "response": response}


def _review(request: dict[str, Any]) -> Review:
    obj = request["object"]
    return Review(
        uid=request["uid"],
        operation=request["operation"],
        kind=request["kind"]["kind"],
        namespace=request.get("namespace") or "",
        name=request.get("name") or obj["metadata"].get("name") or "",
        field_manager=(request.get("options") or {}).get("fieldManager") or "",
        object=obj,
        old_object=request.get("oldObject"),
    )
