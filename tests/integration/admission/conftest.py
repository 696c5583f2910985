"""An operator that knows of a webhook, and the webhook, each one for a file of tests."""

from collections.abc import Iterator

import pytest

from tests.integration.operator_process import OperatorProcess
from tests.integration.webhook_process import WebhookProcess, configured, wait_until_called


@pytest.fixture(scope="module")
def operator(no_other_operator: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    process = OperatorProcess(tmp_path_factory.mktemp("operator"), webhook=True)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def webhook(operator: OperatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookProcess]:
    process = WebhookProcess(tmp_path_factory.mktemp("webhook"))
    process.start()
    try:
        with configured(process.port, process.authorities):
            wait_until_called(process)
            yield process
    finally:
        process.stop()
