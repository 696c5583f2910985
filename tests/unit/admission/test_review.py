"""The API server's question and the answer to it."""

import json
from typing import Any

import pytest

from tests.unit.admission.reviews import deployment, patched, review
from tests.unit.admission.shop import RELEASED, TEMPLATE
from tracereach.admission.review import MalformedReview, allowed, read_review


def _read(content: Any) -> Any:
    return read_review(json.dumps(content).encode())


def test_a_review_is_read() -> None:
    found = _read(review(deployment(RELEASED), deployment(TEMPLATE)))
    assert (found.uid, found.operation, found.kind) == ("review-1", "UPDATE", "Deployment")
    assert (found.namespace, found.name, found.field_manager) == ("shop", "orders", "kubectl-client-side-apply")
    assert found.object == deployment(RELEASED)
    assert found.old_object == deployment(TEMPLATE)
    assert str(found) == "UPDATE shop/Deployment/orders"


def test_a_name_that_is_yet_to_be_generated_is_empty() -> None:
    unnamed = deployment(TEMPLATE) | {"metadata": {"generateName": "orders-"}}
    found = _read(review(unnamed, options=None))
    assert (found.name, found.field_manager, found.old_object) == ("", "", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"review"',
        b"[" * 100_000,
        b'{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}',
        b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}',
        b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "1"}}',
        b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": 3}',
    ],
    ids=["nothing", "half", "list", "null", "text", "depth", "version", "no request", "no object", "number"],
)
def test_anything_else_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedReview, match="AdmissionReview"):
        read_review(body)


def test_every_answer_allows() -> None:
    assert allowed("1") == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "1", "allowed": True},
    }


def test_a_patch_is_sent_as_the_api_server_wants_it() -> None:
    sent = review(deployment(TEMPLATE))
    answer = allowed("review-1", [{"op": "replace", "path": "/spec/replicas", "value": 3}])
    assert patched(sent, answer)["spec"]["replicas"] == 3
