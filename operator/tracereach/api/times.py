"""Moments in the words of Kubernetes: RFC 3339, in UTC."""

from datetime import datetime
from typing import Literal


def rfc3339(moment: datetime, precision: Literal["seconds", "milliseconds", "microseconds"] = "seconds") -> str:
    """`moment`, which has to be in UTC. What is finer than `precision` is cut off."""
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
