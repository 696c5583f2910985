"""What went wrong with the pods of a workload that has just been injected, and whose doing it is.

Each rule looks at one kind of evidence and names it, or says nothing; the first that speaks decides. Only pods of the
injected revision count, and only while the workload is on trial. Where its user has released meanwhile, nobody can tell
whose doing a crash is: then the injection goes, and whether the pods are well without it tells.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracereach.api import names
from tracereach.api.pod import ContainerHealth, Pod
from tracereach.api.reasons import Reason
from tracereach.rollout.subject import Subject

_CRASHES = 2
"""With as many, a container is not only unlucky: the kubelet has given it a second chance by then."""
_LAPSES = 3
"""As many times may the pods of a workload lose their readiness while it is watched; one more is flapping."""
_UNREADY = timedelta(seconds=30)
"""How long a pod may be unready that was ready before, while its workload bakes."""
_PULLING = timedelta(seconds=120)
"""How long an image may be missing: registries have bad moments."""

_UNOBTAINABLE = frozenset(
    {"CreateContainerError", "ErrImageNeverPull", "ErrImagePull", "ImageInspectError", "ImagePullBackOff"}
    | {"InvalidImageName", "RegistryUnavailable"}
)
"""Why a container waits that has no image, or whose image cannot be mounted."""
_UNSTARTABLE = "RunContainerError"
"""Why one waits whose command cannot be started. The image is there; in one of ours nothing else could be wrong."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What went wrong, with the evidence."""

    reason: Reason
    pod: str = ""
    container: str = ""
    exit_code: int | None = None
    is_down: bool = True
    """Whether the run that ended is still the newest."""
    restarts: int = 0
    message: str = ""
    log: tuple[str, ...] = ()
    """The last lines that the container wrote, where these may be read."""

    def __str__(self) -> str:
        """The evidence in words."""
        container = f"container {self.container}" if self.container else ""
        code = f"exit code {self.exit_code}" if self.exit_code is not None else ""
        times = f"{self.restarts} restarts" if self.restarts else ""
        return ", ".join(part for part in (container, code, times, self.message) if part)


def diagnose(subject: Subject, now: datetime) -> Failure | None:
    """What went wrong by all evidence, or None. `OWN_RELEASE_FAILS` is no failure of the injection."""
    if not subject.on_trial(now):
        return None
    return next((found for rule in _RULES if (found := rule(subject, now))), None)


def missing_own_image(subject: Subject) -> Failure | None:
    """An image of the user's own that is missing, and not because the injection had its pods made anew."""
    if not (subject.released or subject.proven):
        return None
    for pod, container in _containers(subject):
        if _has_no_image(container) and not _is_our_image(container):
            return _failure(Reason.OWN_RELEASE_FAILS, pod, container)
    return None


def _own_image(subject: Subject, _now: datetime) -> Failure | None:
    """The same, where a release of theirs has brought it."""
    return missing_own_image(subject) if subject.released else None


def _image(subject: Subject, now: datetime) -> Failure | None:
    for pod, container in _containers(subject):
        patient = now - pod.created < _PULLING and not subject.failed(now)
        if _has_no_image(container) and not patient:
            return _failure(Reason.IMAGE_UNAVAILABLE, pod, container)
    return None


def _memory(subject: Subject, _now: datetime) -> Failure | None:
    for pod, container in _containers(subject):
        if container.ended == "OOMKilled" and subject.concerns(container.name):
            return _blamed(Reason.OUT_OF_MEMORY, pod, container, subject)
    return None


def _crash(subject: Subject, _now: datetime) -> Failure | None:
    for pod, container in _containers(subject):
        crashes = container.restarts + container.is_down
        if container.exit_code and crashes >= _CRASHES and subject.concerns(container.name):
            return _blamed(Reason.CRASHED, pod, container, subject)
    return None


def _unready(subject: Subject, now: datetime) -> Failure | None:
    lapses = subject.memory.lapses if subject.memory else 0
    if subject.released:
        return None
    if lapses > _LAPSES:
        return Failure(reason=Reason.BECAME_UNREADY, message=f"pods lost their readiness {lapses} times")
    for pod in filter(subject.lost_readiness, _injected(subject)):
        if subject.proven and pod.unready_since and now - pod.unready_since >= _UNREADY:
            message = f"pod {pod.name} was ready, and has not been since {pod.unready_since:%H:%M:%S}"
            return Failure(reason=Reason.BECAME_UNREADY, message=message)
    return None


def _deadline(subject: Subject, now: datetime) -> Failure | None:
    if not subject.failed(now):
        return None
    if subject.workload.refusal:
        return Failure(reason=Reason.PODS_REFUSED, message=subject.workload.refusal)
    waiting = [(pod, container) for pod, container in _containers(subject) if container.waiting]
    waiting.sort(key=lambda found: not subject.concerns(found[1].name))
    return _failure(Reason.DEADLINE_EXCEEDED, *waiting[0]) if waiting else Failure(reason=Reason.DEADLINE_EXCEEDED)


_RULES: tuple[Callable[[Subject, datetime], Failure | None], ...] = (
    _own_image,
    _image,
    _memory,
    _crash,
    _unready,
    _deadline,
)


def _injected(subject: Subject) -> Iterator[Pod]:
    """The pods that were made from the injected template."""
    return (pod for pod in subject.pods if pod.revision == subject.recorded and not pod.terminating)


def _containers(subject: Subject) -> Iterator[tuple[Pod, ContainerHealth]]:
    return ((pod, container) for pod in _injected(subject) for container in pod.containers)


def _blamed(reason: Reason, pod: Pod, container: ContainerHealth, subject: Subject) -> Failure:
    """A release that breaks a workload after the injection has proved itself there is the user's own matter."""
    return _failure(Reason.OWN_RELEASE_FAILS if subject.released and subject.proven else reason, pod, container)


def _failure(reason: Reason, pod: Pod, container: ContainerHealth) -> Failure:
    return Failure(
        reason=reason,
        pod=pod.name,
        container=container.name,
        exit_code=container.exit_code,
        is_down=container.is_down,
        restarts=container.restarts,
        message=container.last_words or container.waiting_message,
    )


def _is_ours(container: ContainerHealth) -> bool:
    return container.name.startswith(names.PREFIX)


def _has_no_image(container: ContainerHealth) -> bool:
    return container.waiting in _UNOBTAINABLE or (_is_ours(container) and container.waiting == _UNSTARTABLE)


def _is_our_image(container: ContainerHealth) -> bool:
    """Whether what is missing is an image of the injection; the kubelet names a volume's image in the message alone."""
    return _is_ours(container) or bool(container.waiting_message and container.image not in container.waiting_message)
