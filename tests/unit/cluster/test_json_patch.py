import jsonpatch

from tracereach.cluster.json_patch import json_patch


def test_the_patch_applies_where_the_value_lies() -> None:
    before, after = {"env": [{"name": "A"}]}, {"env": [{"name": "A"}, {"name": "B"}]}
    patch = json_patch(before, after, at="/spec/containers/0")
    assert patch == [{"op": "add", "path": "/spec/containers/0/env/1", "value": {"name": "B"}}]
    whole = {"spec": {"containers": [before]}}
    assert jsonpatch.apply_patch(whole, patch) == {"spec": {"containers": [after]}}


def test_nothing_to_change_is_no_operation() -> None:
    assert json_patch({"a": [1]}, {"a": [1]}) == []
