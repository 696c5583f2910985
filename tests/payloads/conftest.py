"""The agents, each built once, and a receiver for their spans."""

from collections.abc import Iterator

import pytest

from tests.payloads.payload import Payload, built
from tests.payloads.receiver import Receiver, running_receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def python_agent() -> Payload:
    return built("python")


@pytest.fixture(scope="session")
def nodejs_agent() -> Payload:
    return built("nodejs")


@pytest.fixture(scope="session")
def java_agent() -> Payload:
    return built("java")
