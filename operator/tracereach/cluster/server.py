"""What the API server says about itself."""

import re

from tracereach.cluster.client import ApiServer


async def server_version(api: ApiServer) -> tuple[int, int]:
    """Major and minor version; providers write the minor as `31+`. Raises `ApiError`."""
    version = await api.get("/version")
    return _number(version["major"]), _number(version["minor"])


def _number(text: str) -> int:
    digits = re.match(r"\d+", text)
    if digits is None:
        raise ValueError(f"{text!r} is no version of Kubernetes")
    return int(digits.group())
