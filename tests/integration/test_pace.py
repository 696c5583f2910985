"""No more workloads are in progress at once than `spec.rollout.maxConcurrent` allows, as seen by a watch."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.manifests import Object, deployment, pace, policy
from tests.integration.namespace import HEALTHY, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for
from tracereach.api import names

WORKLOADS = ("ledger", "orders", "payments", "storefront")


def test_workloads_go_one_after_the_other(namespace: Namespace, operator: OperatorProcess, tmp_path: Path) -> None:
    namespace.apply(*(deployment(name, replicas=1) for name in WORKLOADS))
    namespace.kubectl("wait", "deployments", "--all", "--for=condition=Available", "--timeout=90s")
    with _watching(namespace, tmp_path / "watch.json") as watched:
        namespace.apply(policy(rollout=pace(maxConcurrent=1)))
        for name in WORKLOADS:
            namespace.wait_for_state(name, HEALTHY, timeout=90)
        seen = wait_for(lambda: _objects(watched), lambda seen: not _in_progress(seen[-1:]) and _all_injected(seen))
    at_once = [_in_progress(seen[: length + 1]) for length in range(len(seen))]
    assert max(len(workloads) for workloads in at_once) == 1
    assert set().union(*at_once) == set(WORKLOADS)


@contextmanager
def _watching(namespace: Namespace, output: Path) -> Iterator[Path]:
    """A file that grows with every state of every Deployment, the present ones first."""
    command = ["kubectl", f"--namespace={namespace.name}", "get", "deployments", "--watch", "-o", "json"]
    with output.open("w") as stream, subprocess.Popen(command, stdout=stream) as process:
        try:
            wait_for(lambda: len(_objects(output)), lambda count: count >= len(WORKLOADS))
            yield output
        finally:
            process.terminate()


def _objects(stream: Path) -> list[Object]:
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


def _all_injected(seen: list[Object]) -> bool:
    return all(_injected(found) for found in _latest(seen).values())


def _in_progress(seen: list[Object]) -> set[str]:
    """The workloads that are injected and not complete, by the rules of `kubectl rollout status`."""
    return {name for name, found in _latest(seen).items() if _injected(found) and not _complete(found)}


def _injected(found: Object) -> bool:
    return names.RECORD_ANNOTATION in found["spec"]["template"]["metadata"].get("annotations", {})


def _complete(found: Object) -> bool:
    status, desired = found["status"], found["spec"]["replicas"]
    counts = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == [desired] * 3
