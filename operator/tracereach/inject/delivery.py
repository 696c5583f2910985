"""How an agent's files get into a container: as an OCI image volume, or copied by an init container."""

from functools import cache, lru_cache
from typing import Any

from tracereach.api.catalogue import Catalogue, PackagedAgent
from tracereach.api.revision import Revision
from tracereach.inject.agents import AGENTS, Agent
from tracereach.inject.confinement import confinement, no_token_mount, no_token_volume, resources
from tracereach.inject.injection import Delivery, Injection, PodTemplate
from tracereach.inject.parts import Item, Kit, kit
from tracereach.inject.tls import tls_volume


def pull_secrets(template: PodTemplate, injection: Injection) -> list[Item]:
    """Entries of the pod's `imagePullSecrets` for the injected images, without those that it has already.

    A pod that names some does not get those of its service account any more, so the catalogue has to name these too.
    """
    wanted = injection.revision.catalogue.pull_secrets
    if not wanted:
        return []
    present = {secret.get("name") for secret in (template.get("spec") or {}).get("imagePullSecrets") or ()}
    return [{"name": name} for name in wanted if name not in present]


@lru_cache(maxsize=256)
def volumes(
    agents: frozenset[PackagedAgent],
    delivery: Delivery,
    revision: Revision,
    *,
    certificates: bool = False,
    no_token: bool = False,
) -> Kit:
    """The volumes that hold `agents`, and those that some containers of ours, or of the application, mount besides."""
    return kit(
        (
            *(_volume(AGENTS[agent], delivery, revision.catalogue) for agent in sorted(agents)),
            *((volume,) if certificates and (volume := tls_volume(revision)) else ()),
            *((no_token_volume(),) if no_token else ()),
        ),
        "volumes",
    )


def _volume(agent: Agent, delivery: Delivery, catalogue: Catalogue) -> Item:
    if delivery == "InitContainer":
        return {"name": agent.volume, "emptyDir": {"sizeLimit": agent.size_limit}}
    image = {"reference": catalogue.agents[agent.name], "pullPolicy": catalogue.pull_policy}
    return {"name": agent.volume, "image": image}


@cache
def mounts(agents: tuple[PackagedAgent, ...], delivery: Delivery) -> Kit:
    """The mounts of `agents` in an application's container; the paths are the community's in both deliveries."""
    return kit((_mount(AGENTS[agent], delivery) for agent in agents), "volumeMounts")


def _mount(agent: Agent, delivery: Delivery) -> Item:
    mounted = {"name": agent.volume, "mountPath": agent.mount_path, "readOnly": True}
    if delivery == "ImageVolume" and agent.sub_path:
        mounted["subPath"] = agent.sub_path
    return mounted


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
