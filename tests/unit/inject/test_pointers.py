"""Pointers in which list items go by their key."""

from typing import Any

import pytest

from tracereach.inject.pointers import escape, locate, unescape

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"example.com/a~b": "x"}, "annotations": None},
    "spec": {
        "containers": [
            {"name": "first"},
            {"name": "env", "env": [{"name": "A"}], "volumeMounts": [{"name": "v", "mountPath": "/a~b/c"}]},
        ]
    },
}
CONTAINER = TEMPLATE["spec"]["containers"][1]


@pytest.mark.parametrize("text", ["plain", "/a~b/c", "~1", "~01/", ""])
def test_a_step_may_hold_any_text(text: str) -> None:
    assert "/" not in escape(text)
    assert unescape(escape(text)) == text


@pytest.mark.parametrize(
    ("path", "owner", "key"),
    [
        ("/metadata", TEMPLATE, "metadata"),
        ("/metadata/annotations", TEMPLATE["metadata"], "annotations"),
        ("/metadata/labels/example.com~1a~0b", TEMPLATE["metadata"]["labels"], "example.com/a~b"),
        ("/spec/containers/env", TEMPLATE["spec"]["containers"], 1),
        ("/spec/containers/env/env/A", CONTAINER["env"], 0),
        ("/spec/containers/env/volumeMounts/~1a~0b~1c", CONTAINER["volumeMounts"], 0),
    ],
)
def test_what_is_there_is_found_with_what_holds_it(path: str, owner: Any, key: str | int) -> None:
    found = locate(TEMPLATE, path)
    assert found is not None
    assert found[0] is owner
    assert found[1] == key


@pytest.mark.parametrize(
    "path",
    [
        "/status",
        "/metadata/annotations/a",
        "/spec/volumes/v",
        "/spec/containers/third/env",
        "/spec/containers/env/env/B",
    ],
)
def test_what_is_not_there_is_nowhere(path: str) -> None:
    assert locate(TEMPLATE, path) is None
