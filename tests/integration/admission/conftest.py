"""An operator that knows of a webhook, and the webhook, each one for a file of tests."""

from collections.abc import Iterator

import pytest

from tests.integration.operator_process import OperatorProcess
from tests.integration.webhook_process import WebhookProcess, called_webhook


@pytest.fixture(scope="module")
def operator(no_other_operator: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    process = OperatorProcess(tmp_path_factory.mktemp("operator"), webhook=True)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def webhook(operator: OperatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookProcess]:
    with called_webhook(tmp_path_factory.mktemp("webhook")) as process:
        yield process
