"""The tools that people release with: each brings the cluster to what a manifest says, in its own way."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tests.integration.manifests import Object
from tests.integration.namespace import Namespace
from tests.shop.kubernetes import run


class Tool(Protocol):
    """Whatever releases a workload."""

    def apply(self, namespace: Namespace, manifest: Object) -> None:
        """Release a manifest, for the first time or again."""

    def diff(self, namespace: Namespace, manifest: Object) -> str:
        """What releasing it would change, as far as the tool can tell."""


@dataclass(frozen=True)
class Kubectl:
    """`kubectl apply` with `options`. They say on which side it merges, and for whom, so it can send what others send.

    Argo CD has kubectl's own code for the client's side. With `--force-conflicts`, the server's side gets the same one
    request as from the controllers of Flux and Argo CD.
    """

    options: tuple[str, ...] = ()

    def apply(self, namespace: Namespace, manifest: Object) -> None:
        namespace.kubectl("apply", *self.options, "-f", "-", stdin=json.dumps(manifest))

    def diff(self, namespace: Namespace, manifest: Object) -> str:
        """By `kubectl diff`, which ends with an error where there is anything to show."""
        return namespace.kubectl("diff", *self.options, "-f", "-", stdin=json.dumps(manifest))


@dataclass(frozen=True)
class Helm:
    """`helm upgrade --install` of a chart with one template, as a release of the workload's name."""

    program: str

    def apply(self, namespace: Namespace, manifest: Object) -> None:
        name = manifest["metadata"]["name"]
        with TemporaryDirectory() as directory:
            chart = Path(directory)
            (chart / "templates").mkdir()
            (chart / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 0.1.0}")
            (chart / "templates" / "deployment.yaml").write_text(json.dumps(manifest))
            run(self.program, "upgrade", "--install", name, directory, f"--namespace={namespace.name}")

    def diff(self, namespace: Namespace, manifest: Object) -> str:
        """Nothing: Helm itself compares with its own last release and never with the cluster."""
        return ""


_FORCED = ("--server-side", "--force-conflicts")
TOOLS: dict[str, Tool] = {
    "kubectl apply": Kubectl(),
    "kubectl apply --server-side": Kubectl(("--server-side",)),
    "Flux": Kubectl((*_FORCED, "--field-manager=kustomize-controller")),
    "Argo CD": Kubectl(("--field-manager=argocd-controller",)),
    "Argo CD, server side": Kubectl((*_FORCED, "--field-manager=argocd-controller")),
    "Helm 3": Helm("helm"),
    "Helm 4": Helm("helm4"),
}
ONE_OF_EACH_KIND = ("kubectl apply", "kubectl apply --server-side", "Helm 3", "Helm 4")
"""Where it is the merge that matters and not for whom it is made."""
