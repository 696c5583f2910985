"""One operator, with or without a webhook, and one namespace with a policy for each file of tests."""

import uuid
from collections.abc import Iterator

import pytest

from tests.integration.manifests import policy
from tests.integration.namespace import Namespace, new_namespace
from tests.integration.neighbours.tools import ONE_OF_EACH_KIND, TOOLS, Tool
from tests.integration.operator_process import OperatorProcess
from tests.integration.webhook_process import WebhookProcess, called_webhook


@pytest.fixture(scope="module")
def operator(
    no_other_operator: None, tmp_path_factory: pytest.TempPathFactory, *, with_webhook: bool
) -> Iterator[OperatorProcess]:
    """The operator, which knows whether there is a webhook. Each file parametrizes `with_webhook`."""
    process = OperatorProcess(tmp_path_factory.mktemp("operator"), webhook=with_webhook)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def webhook(
    operator: OperatorProcess, tmp_path_factory: pytest.TempPathFactory, *, with_webhook: bool
) -> Iterator[WebhookProcess | None]:
    """The webhook, if there is one."""
    if not with_webhook:
        yield None
        return
    with called_webhook(tmp_path_factory.mktemp("webhook")) as process:
        yield process


@pytest.fixture(scope="module")
def namespace(webhook: WebhookProcess | None) -> Iterator[Namespace]:
    """A namespace whose policy gives the Java agent to every new Deployment."""
    with new_namespace() as namespace:
        namespace.apply(policy(agents=["java"]))
        yield namespace


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> Tool:
    """Each of the tools."""
    return TOOLS[request.param]


@pytest.fixture(params=ONE_OF_EACH_KIND)
def kind_of_tool(request: pytest.FixtureRequest) -> Tool:
    """One tool of each kind."""
    return TOOLS[request.param]


@pytest.fixture
def name() -> str:
    """A Deployment of the test's own."""
    return f"orders-{uuid.uuid4().hex[:8]}"
