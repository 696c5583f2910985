"""`helm uninstall` puts every template back before it takes the operator away."""

from tests.shop import steps
from tests.shop.kubernetes import CommandFailed, get, kubectl
from tests.shop.services import Services


def test_uninstalling_the_chart_restores_every_template(shop: Services) -> None:
    originals = steps.pod_templates()
    steps.apply_policy()
    steps.wait_until_injected()
    steps.uninstall_chart()
    try:
        steps.wait_until_rolled_out()
        assert steps.pod_templates() == originals
        assert get("tracingpolicies.tracereach.dev", "--all-namespaces")["items"] == []
        assert _exists("customresourcedefinition", "tracingpolicies.tracereach.dev"), "the definitions are to be kept"
        assert not _exists("clusterrole", "tracereach-operator")
    finally:
        steps.install_chart()


def _exists(kind: str, name: str) -> bool:
    try:
        kubectl("get", kind, name)
    except CommandFailed:
        return False
    return True
