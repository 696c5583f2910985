"""Where the API server is and how to prove who we are, read by the community's own loader."""

import os

from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config
from kubernetes.aio.config.kube_config import KubeConfigLoader


class NoCluster(Exception):
    """Nothing tells which cluster to talk to, or what tells it cannot be read."""


async def load(kubeconfig: str | None = None) -> Configuration:
    """The configuration of `kubeconfig`; without it of the pod's service account, of $KUBECONFIG, or of the user.

    Tokens renew themselves: those of a service account from its file, those of a plugin when they end.
    Raises `NoCluster`.
    """
    configuration = Configuration()
    try:
        if kubeconfig is None and _in_cluster(configuration):
            return configuration
        path = kubeconfig or os.environ.get("KUBECONFIG") or None
        loader = await load_kube_config(config_file=path, client_configuration=configuration, persist_config=False)
    except (ConfigException, OSError) as error:
        raise NoCluster(f"no cluster to talk to: {error}. Set KUBECONFIG to a readable kubeconfig file.") from error
    _renew(configuration, loader)
    return configuration


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
