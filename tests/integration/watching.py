"""Every state of the Deployments of a namespace, as a watch shows them, and who is in progress in each."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.manifests import Object
from tests.integration.namespace import Namespace
from tests.waiting import wait_for
from tracereach.api import names


@contextmanager
def watching(namespace: Namespace, output: Path, count: int) -> Iterator[Path]:
    """A file that grows with every state of every Deployment; the `count` present ones are in it."""
    command = ["kubectl", f"--namespace={namespace.name}", "get", "deployments", "--watch", "-o", "json"]
    with output.open("w") as stream, subprocess.Popen(command, stdout=stream) as process:
        try:
            wait_for(lambda: len(objects(output)), lambda seen: seen >= count)
            yield output
        finally:
            process.terminate()


def objects(stream: Path) -> list[Object]:
    """The objects written to `stream` so far, without one that is only half there."""
    decoder, text, found, position = json.JSONDecoder(), stream.read_text(), [], 0
    while (start := text.find("{", position)) >= 0:
        try:
            parsed, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            break
        found.append(parsed)
    return found


def _latest(seen: list[Object]) -> dict[str, Object]:
    return {found["metadata"]["name"]: found for found in seen}


def all_injected(seen: list[Object]) -> bool:
    return all(_injected(found) for found in _latest(seen).values())


def in_progress(seen: list[Object]) -> set[str]:
    """The workloads that are injected and not complete, by the rules of `kubectl rollout status`."""
    return {name for name, found in _latest(seen).items() if _injected(found) and not _complete(found)}


def being_restored(seen: list[Object]) -> set[str]:
    """The workloads that were injected, are not any more, and are not complete."""
    once = {found["metadata"]["name"] for found in seen if _injected(found)}
    return {name for name in once if not _injected(_latest(seen)[name]) and not _complete(_latest(seen)[name])}


def _injected(found: Object) -> bool:
    return names.RECORD_ANNOTATION in found["spec"]["template"]["metadata"].get("annotations", {})


def _complete(found: Object) -> bool:
    status, desired = found["status"], found["spec"]["replicas"]
    counts = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == [desired] * 3
