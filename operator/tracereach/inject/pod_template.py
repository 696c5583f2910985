"""`inject`: from a pod template and an injection to the injected template. The other files each know one part of it."""

from tracereach.api.reasons import Reason
from tracereach.inject.composition import Composition
from tracereach.inject.injection import Injection, Merge, PodTemplate, Result, Skipped
from tracereach.inject.neighbours import obstacle, taken_port
from tracereach.inject.removal import remove
from tracereach.inject.sidecar import may_have_sidecar
from tracereach.inject.targets import find_targets

_LARGEST = 256 * 1024
"""Bytes of all annotations of an object, keys and values: `TotalAnnotationSizeLimitB` of Kubernetes."""


def inject(template: PodTemplate, injection: Injection, merge: Merge = Merge.SKIP) -> Result:
    """`template` with `injection` in it; what an earlier injection had put in is taken out first.

    `template` has the shape of what the API server stores. It is not changed itself, and shares with the result what is
    the same in both. Raises `DamagedRecord` where an earlier injection cannot be read.
    """
    original = remove(template)
    if whole := obstacle(original, injection.namespace_marks):
        return Result(original, skipped=(whole,))
    possible = may_have_sidecar(original, injection)
    targets, skipped = find_targets(original, injection, merge, sidecar=possible)
    sidecar = possible and any(not target.exports_elsewhere for target in targets)
    if sidecar and (clash := taken_port(original)):
        return Result(original, skipped=(Skipped("", Reason.NAME_CLASH, clash),))
    if not targets:
        reason = Skipped("", Reason.NO_CONTAINER, "no container is left to inject")
        return Result(original, skipped=(*skipped, *(() if skipped else (reason,))))
    result = Composition(original, injection, merge, sidecar=sidecar).compose(targets, skipped)
    if (size := _size_of_annotations(result.template)) > _LARGEST:
        message = f"its annotations would have {size} bytes, more than the {_LARGEST} that the API server takes"
        return Result(original, skipped=(Skipped("", Reason.TOO_LARGE, message),))
    return result


def _size_of_annotations(template: PodTemplate) -> int:
    annotations = template["metadata"]["annotations"]
    return len("".join([*annotations, *map(str, annotations.values())]).encode())
