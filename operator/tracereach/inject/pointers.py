"""JSON pointers (RFC 6901) into a pod template, for writing an addition down and for finding it again.

Every list that we add to is a map to Kubernetes, its items told apart by one key: environment and volumes by name,
mounts by their path. A pointer names an item by that key, and so stays true however the list is reordered.
"""

from typing import Any

ITEM_KEY = {
    "containers": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""The key of each list's items, as the Kubernetes API declares it (`x-kubernetes-list-map-keys`)."""


def escape(part: str) -> str:
    """`part` as one step of a pointer."""
    return part.replace("~", "~0").replace("/", "~1") if "~" in part or "/" in part else part


def unescape(part: str) -> str:
    """The inverse of `escape`."""
    return part.replace("~1", "/").replace("~0", "~")


def locate(template: dict[str, Any], path: str) -> tuple[Any, Any] | None:
    """The list or map that holds what is at `path`, and its index or key there; None where there is nothing."""
    owner: Any = None
    key: Any = None
    node: Any = template
    name = ""
    for part in path.split("/")[1:]:
        owner, key = node, _key(node, name, unescape(part))
        if key is None:
            return None
        node, name = owner[key], part
    return owner, key


def _key(node: Any, name: str, part: str) -> Any:
    """The index or key of `part` in `node`, which is itself called `name`."""
    if isinstance(node, list):
        item_key = ITEM_KEY[name]
        return next((index for index, item in enumerate(node) if item.get(item_key) == part), None)
    return part if node and part in node else None
