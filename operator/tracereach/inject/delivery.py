"""How an agent's files get into a container: as an OCI image volume, or copied by an init container."""

from typing import Any

from tracereach.inject.agents import Agent
from tracereach.inject.confinement import confinement, no_token_mount, resources
from tracereach.inject.injection import Injection


def volume(agent: Agent, injection: Injection) -> dict[str, Any]:
    """The volume that holds the agent."""
    if injection.delivery == "InitContainer":
        return {"name": agent.volume, "emptyDir": {"sizeLimit": agent.size_limit}}
    catalogue = injection.revision.catalogue
    image = {"reference": catalogue.agents[agent.name], "pullPolicy": catalogue.pull_policy}
    return {"name": agent.volume, "image": image}


def mount(agent: Agent, injection: Injection) -> dict[str, Any]:
    """The mount in an application's container; the paths are the community's in both ways of delivery."""
    mounted = {"name": agent.volume, "mountPath": agent.mount_path, "readOnly": True}
    if injection.delivery == "ImageVolume" and agent.sub_path:
        mounted["subPath"] = agent.sub_path
    return mounted


def copier(agent: Agent, injection: Injection, *, guaranteed: bool) -> dict[str, Any]:
    """The init container that copies the agent into its volume."""
    catalogue = injection.revision.catalogue
    return {
        "name": agent.copier,
        "image": catalogue.agents[agent.name],
        "imagePullPolicy": catalogue.pull_policy,
        "command": ["cp", "-r", agent.copied, agent.mount_path],
        "resources": resources(catalogue.copy_resources, guaranteed=guaranteed),
        "securityContext": confinement(),
        "volumeMounts": [{"name": agent.volume, "mountPath": agent.mount_path}, no_token_mount()],
    }
