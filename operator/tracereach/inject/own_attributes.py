"""Extending the `OTEL_RESOURCE_ATTRIBUTES` that a user sets: theirs stay as they are, and win."""

from tracereach.inject.attributes import encode, keys_of, resource_attributes
from tracereach.inject.containers import Container, environment, times_set
from tracereach.inject.injection import Injection, PodTemplate
from tracereach.inject.loading import is_way_taken, may_be_missing
from tracereach.inject.stamp import Extension

_NAME = "OTEL_RESOURCE_ATTRIBUTES"


def attributes_extension(template: PodTemplate, container: Container, injection: Injection) -> Extension | None:
    """How the user's attributes in `container` are extended; None where there are none, or they cannot be."""
    original = environment(container).get(_NAME)
    if original is None or times_set(container, _NAME) > 1:
        return None
    if may_be_missing(original) or is_way_taken(container, original):
        return None
    ours = resource_attributes(template, container, injection)
    user = str(original.get("value") or "")
    theirs = keys_of(user)
    added = {key: value for key, value in ours.items() if key not in theirs}
    if not added:
        return None
    if original.get("valueFrom"):
        # Nobody knows its keys here, and of a key that occurs twice the SDKs take the last.
        return Extension(name=_NAME, value=encode(ours), before=f"{encode(added)},")
    comma = "" if user.rstrip().endswith(",") else ","
    return Extension(name=_NAME, value=encode(ours), after=f"{comma}{encode(added)}")
