"""The cluster's network namespace: one address, a default route, and no way out. Used by the local provider."""

from collections.abc import Sequence

from tests.testbed.local import layout
from tests.testbed.shell import attempt, run


def inside(command: Sequence[str]) -> list[str]:
    """The command as it runs inside the namespace. `ip netns exec` would hide the cgroup mounts, so not that."""
    return ["nsenter", f"--net={layout.NAMESPACE}", *command]


def create() -> None:
    """Make the namespace. There is no dummy device in every kernel, so the node's address sits on a veth pair."""
    layout.NAMESPACE.parent.mkdir(parents=True, exist_ok=True)
    layout.NAMESPACE.touch()
    run(["unshare", f"--net={layout.NAMESPACE}", "true"])
    for command in (
        "ip link set lo up",
        "ip link add eth0 type veth peer name eth0-peer",
        f"ip address add {layout.NODE_ADDRESS}/24 dev eth0",
        "ip link set eth0 up",
        "ip link set eth0-peer up",
        f"ip route add default via {layout.GATEWAY_ADDRESS} dev eth0",
        "sysctl --quiet --write net.ipv4.ip_forward=1",
    ):
        run(inside(command.split()))


def exists() -> bool:
    """Whether the name stands for a live namespace and is not just the file left from before a reboot."""
    return attempt(inside(["true"])) is not None


def delete() -> None:
    """Let the namespace go. Its devices, rules and routes go with its last process."""
    while attempt(["umount", str(layout.NAMESPACE)]) is not None:
        pass
    layout.NAMESPACE.unlink(missing_ok=True)
