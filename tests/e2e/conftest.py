"""One installation of the chart for all end to end tests, and one shop."""

from collections.abc import Iterator

import pytest

from tests.shop import steps
from tests.shop.services import Services, services


@pytest.fixture(scope="session")
def proxy() -> Iterator[Services]:
    with services() as running:
        yield running


@pytest.fixture(scope="session")
def shop(proxy: Services) -> Iterator[Services]:
    """The chart installed and the shop deployed, untraced. A shop that was there before is removed first.

    Two gateways share the traces, which is harder than one; the demo and the matrix have one.
    """
    steps.install_chart("--set", "gateway.replicas=2")
    steps.remove_shop()
    steps.deploy_shop()
    yield proxy
    steps.remove_shop()


@pytest.fixture(scope="module", autouse=True)
def shop_as_before(shop: Services) -> Iterator[None]:
    """A policy that a failed test has left behind must not fail the tests of the next file."""
    yield
    steps.deploy_shop()
