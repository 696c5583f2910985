"""How an agent's files get into a container: as an OCI image volume, or copied by an init container."""

from functools import cache, lru_cache
from typing import Any

from tracereach.api.catalogue import PackagedAgent
from tracereach.api.revision import Revision
from tracereach.inject.agents import AGENTS, Agent
from tracereach.inject.confinement import confinement, no_token_mount, resources
from tracereach.inject.injection import Delivery, Injection, PodTemplate
from tracereach.inject.parts import Part, owned, part


def pull_secrets(template: PodTemplate, injection: Injection) -> list[Part]:
    """Entries of the pod's `imagePullSecrets` for the injected images, without those that it has already.

    A pod that names some does not get those of its service account any more, so the catalogue has to name these too.
    """
    wanted = injection.revision.catalogue.pull_secrets
    present = {secret.get("name") for secret in (template.get("spec") or {}).get("imagePullSecrets") or ()}
    return [part({"name": name}, "imagePullSecrets") for name in wanted if name not in present]


@lru_cache(maxsize=256)
def volume(agent: PackagedAgent, delivery: Delivery, revision: Revision) -> Part:
    """The volume that holds an agent."""
    its = AGENTS[agent]
    if delivery == "InitContainer":
        return owned({"name": its.volume, "emptyDir": {"sizeLimit": its.size_limit}})
    catalogue = revision.catalogue
    image = {"reference": catalogue.agents[agent], "pullPolicy": catalogue.pull_policy}
    return owned({"name": its.volume, "image": image})


@cache
def mount(agent: str, delivery: Delivery) -> Part:
    """An agent's mount in an application's container; the paths are the community's in both ways of delivery."""
    its = AGENTS[agent]
    mounted = {"name": its.volume, "mountPath": its.mount_path, "readOnly": True}
    if delivery == "ImageVolume" and its.sub_path:
        mounted["subPath"] = its.sub_path
    return part(mounted, "volumeMounts")


def copier(agent: Agent, injection: Injection, *, guaranteed: bool, shared: bool = False) -> dict[str, Any]:
    """The init container that copies the agent into its volume."""
    catalogue = injection.revision.catalogue
    return {
        "name": agent.copier,
        "image": catalogue.agents[agent.name],
        "imagePullPolicy": catalogue.pull_policy,
        "command": ["cp", "-r", agent.copied, agent.mount_path],
        "resources": resources(catalogue.copy_resources, guaranteed=guaranteed, shared=shared),
        "securityContext": confinement(),
        "volumeMounts": [{"name": agent.volume, "mountPath": agent.mount_path}, no_token_mount()],
    }
