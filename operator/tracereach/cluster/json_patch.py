"""JSON Patches (RFC 6902): what the loop sends to the API server, and what the webhook answers it with."""

from typing import Any

import jsonpatch

from tracereach.cluster.resources import Object


def json_patch(before: Any, after: Any, *, at: str = "") -> list[Object]:
    """The operations that turn `before` into `after`, where `before` lies at the JSON pointer `at` of the object."""
    operations: list[Object] = jsonpatch.make_patch(before, after).patch
    return [
        operation | {pointer: at + operation[pointer] for pointer in ("from", "path") if pointer in operation}
        for operation in operations
    ]
