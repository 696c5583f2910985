"""What `inject` says on standard error: all about each workload if asked, and why nothing was done in any case."""

import pytest

from tests.unit.cli.conftest import CATALOGUE, DATA, POLICY, Call
from tracereach import __version__

SHOP = str(DATA / "shop.yaml")
UNSELECTED = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: []}}}\n"


def explained(call: Call, workload: str) -> list[str]:
    """The lines below the one of `workload`."""
    lines = call("inject", "-f", SHOP, "-p", POLICY, "--explain").stderr.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"{workload}:"))
    below = lines[start + 1 :]
    end = next((index for index, line in enumerate(below) if not line.startswith(" ")), len(below))
    return below[:end]


def test_every_workload_has_its_line(call: Call) -> None:
    arguments = ("-f", SHOP, "-f", str(DATA / "unusual.yaml"), "-p", POLICY, "-n", "shop", *CATALOGUE, "--explain")
    lines = call("inject", *arguments).stderr.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "shop/Deployment/storefront: injected, policy TracingPolicy/shop/shop",
        "shop/StatefulSet/orders: injected, policy TracingPolicy/shop/shop",
        (
            "shop/Deployment/unlabelled: not selected by any policy: its labels are none, and TracingPolicy/shop/shop"
            " selects tracing=enabled"
        ),
        (
            "private/Deployment/hidden: not selected by any policy: TracingPolicy/shop/shop serves its own namespace"
            " alone, and the workload is in private: is --namespace right?"
        ),
        "shop/Deployment/opted-out: skipped, policy TracingPolicy/shop/shop",
        "shop/Deployment/traced-already: skipped, policy TracingPolicy/shop/shop",
        "shop/Deployment/without-namespace: injected, policy TracingPolicy/shop/shop",
    ]


def test_agents_additions_and_what_is_left_are_named_with_their_reasons(call: Call) -> None:
    lines = explained(call, "shop/StatefulSet/orders")
    assert lines[0].startswith("  app: java, because: ")
    assert "    volumeMounts: /otel-auto-instrumentation-java" in lines
    assert any(line.startswith("    env: JAVA_TOOL_OPTIONS") and line.endswith(")") for line in lines)
    assert any(line.startswith("    left to you: OTEL_PROPAGATORS: is b3 ") for line in lines)
    assert "    spec/initContainers: tracereach-collector (spec.collector.mode is Sidecar)" in lines
    assert lines[-1].startswith("  note: it is away while it is rolled out: ")


def test_what_was_skipped_comes_with_its_remedy(call: Call) -> None:
    (line,) = [line for line in explained(call, "shop/Deployment/storefront") if "left alone" in line]
    assert line.startswith("  istio-proxy: left alone, Proxy: ")
    assert line.endswith("agents.tracereach.dev/CONTAINER.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: ConfigMap\n", "the files hold no Deployment, StatefulSet or DaemonSet"),
        (UNSELECTED, "no policy selects any of 1 workloads"),
        (
            UNSELECTED.replace("name: a", 'name: a, namespace: shop, labels: {tracing: "enabled"}'),
            "NoContainer. To see why: --explain",
        ),
    ],
    ids=["no workload", "none selected", "all skipped"],
)
def test_it_is_said_why_nothing_was_injected(call: Call, text: str, message: str) -> None:
    result = call("inject", "-f", "-", "-p", POLICY, stdin=text)
    assert (result.exit_code, result.stdout) == (0, text)
    assert result.stderr.startswith(f"Nothing was injected: {message}")


def test_what_was_injected_is_not_talked_about_unasked(call: Call) -> None:
    assert call("inject", "-f", SHOP, "-p", POLICY, *CATALOGUE).stderr == ""


@pytest.mark.parametrize("command", ["inject", "plan"])
def test_images_that_nobody_named_are_warned_of_where_workloads_get_them(call: Call, command: str) -> None:
    warning = f"Warning: images of release {__version__}; give --catalogue for others\n"
    assert warning in call(command, "-f", SHOP, "-p", POLICY).stderr
    assert call(command, "-f", SHOP, "-p", POLICY, *CATALOGUE).stderr == ""
    assert warning not in call(command, "-f", "-", "-p", POLICY, stdin=UNSELECTED).stderr
