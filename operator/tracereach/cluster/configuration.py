"""Where the API server is and how to prove who we are, read by the community's own loader."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config
from kubernetes.aio.config.kube_config import ENV_KUBECONFIG_PATH_SEPARATOR as SEPARATOR
from kubernetes.aio.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigLoader

from tracereach.cluster.kubeconfig import DEFAULT, Kubeconfig

_OF_ANOTHER_SHAPE = (AttributeError, KeyError, TypeError)
"""What the loader raises for YAML that is no kubeconfig: it takes the shape for granted."""


class NoCluster(Exception):
    """Nothing tells which cluster to talk to, or what tells it cannot be read."""


@dataclass(frozen=True)
class Found:
    """What leads to a cluster."""

    configuration: Configuration
    context: str = ""
    """Its name in the kubeconfig; empty in a pod, which has none."""


async def load(kubeconfig: Kubeconfig = DEFAULT) -> Found:
    """The configuration of `kubeconfig`; where it names nothing, that of the pod's service account in a pod.

    Tokens renew themselves: those of a service account from its file, those of a plugin when they end.
    Raises `NoCluster`.
    """
    configuration = Configuration()
    if kubeconfig == DEFAULT and _in_cluster(configuration):
        return Found(configuration)
    path = kubeconfig.file or os.environ.get("KUBECONFIG") or KUBE_CONFIG_DEFAULT_LOCATION
    advice = "Name" if kubeconfig.file else "Set KUBECONFIG to"
    try:
        loader = await _read(path, kubeconfig.context, configuration)
    except NoCluster as error:
        raise NoCluster(f"no cluster to talk to: {path}: {error}. {advice} a readable kubeconfig file.") from error
    _renew(configuration, loader)
    return Found(configuration, loader.current_context["name"])


async def _read(path: str, context: str | None, configuration: Configuration) -> KubeConfigLoader:
    """Fill `configuration` from the files of `path`, which may name several. Raises `NoCluster` with what is wrong."""
    if not _exists(path):
        raise NoCluster("there is no such file")
    try:
        return await load_kube_config(path, context, configuration, persist_config=False)
    except yaml.YAMLError as error:
        raise NoCluster(f"is no YAML: {error}") from error
    except _OF_ANOTHER_SHAPE as error:
        raise NoCluster("is no kubeconfig") from error
    except (ConfigException, OSError, ValueError, RecursionError) as error:
        raise NoCluster(str(error)) from error


def _exists(path: str) -> bool:
    """Whether there is any of the files; the loader passes those over that are missing."""
    return any(Path(one).expanduser().exists() for one in path.split(SEPARATOR) if one)


def _in_cluster(configuration: Configuration) -> bool:
    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException:
        return False
    return True


def _renew(configuration: Configuration, loader: KubeConfigLoader) -> None:
    """Ask a plugin for a new token when the one it gave ends; the loader keeps the old one until then."""

    async def renew(_: Configuration) -> None:
        await loader.load_from_exec_plugin()
        configuration.api_key["BearerToken"] = loader.token

    if hasattr(loader, "exec_plugin_expiry"):
        configuration.refresh_api_key_hook = renew
