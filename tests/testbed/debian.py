"""The Debian packages that the local provider and the image builds need. Called before they start."""

import os
import shutil

from tests.testbed.progress import TestbedError, step
from tests.testbed.shell import attempt, run

PACKAGES = (
    "runc",
    "containernetworking-plugins",
    "nftables",
    "iptables",
    "conntrack",
    "iproute2",
    "procps",
    "buildah",
    "debootstrap",
    "busybox-static",
)


def ensure() -> None:
    """Install what is missing; `TestbedError` says what to install where that cannot be done from here."""
    missing = [package for package in PACKAGES if not _installed(package)]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        needed = " ".join(missing)
        raise TestbedError(f"the cluster without Docker needs root on Debian 12, with these packages: {needed}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"install {' '.join(missing)}"):
        run(["apt-get", "update", "--quiet"], environment=environment)
        run(["apt-get", "install", "--yes", "--no-install-recommends", *missing], environment=environment)


def _installed(package: str) -> bool:
    return attempt(["dpkg-query", "--show", "--showformat=${Status}", package]) == "install ok installed"
