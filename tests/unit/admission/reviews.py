"""AdmissionReviews as the API server sends them."""

import base64
import copy
import json
from typing import Any

import jsonpatch

from tests.unit.admission.shop import SELECTED, UID
from tracereach.inject import PodTemplate


def deployment(template: PodTemplate, **metadata: Any) -> dict[str, Any]:
    """The Deployment `orders`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "orders", "namespace": "shop", "uid": UID, "labels": SELECTED} | metadata,
        "spec": {"replicas": 2, "template": template},
    }


def review(obj: dict[str, Any], old: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    """`obj` is created, or takes the place of `old`."""
    group, _, version = obj["apiVersion"].rpartition("/")
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "review-1",
            "kind": {"group": group, "version": version, "kind": obj["kind"]},
            "operation": "UPDATE" if old else "CREATE",
            "namespace": "shop",
            "object": obj,
            "oldObject": old,
            "dryRun": False,
            "options": {"fieldManager": "kubectl-client-side-apply"},
            "userInfo": {"username": "alice"},
        }
        | request,
    }


def patched(sent: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The object of the review `sent` as the API server goes on with it after `answer`."""
    response = answer["response"]
    assert (response["uid"], response["allowed"]) == (sent["request"]["uid"], True)
    obj: dict[str, Any] = copy.deepcopy(sent["request"]["object"])
    if "patch" not in response:
        assert "patchType" not in response
        return obj
    assert response["patchType"] == "JSONPatch"
    changed: dict[str, Any] = jsonpatch.apply_patch(obj, json.loads(base64.b64decode(response["patch"])))
    return changed
