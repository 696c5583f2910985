"""The cluster for tests that need one: `python -m tests.testbed exec -- pytest tests/integration`."""

import os
from collections.abc import Generator, Iterator

import pytest

from tests.integration.local_process import LocalProcess
from tests.integration.namespace import Namespace, new_namespace
from tests.integration.operator_process import OperatorProcess
from tests.shop.kubernetes import install_our_kinds, kubectl

_CONTEXTS = {"tracereach", "kind-tracereach"}
_OPERATORS = "app.kubernetes.io/name=tracereach,app.kubernetes.io/component=operator"


@pytest.fixture(scope="session")
def cluster() -> None:
    """The testbed's cluster with our kinds in it. Any other is refused: these tests create, break and delete."""
    how = "run the tests by: python -m tests.testbed exec -- pytest"
    if not os.environ.get("KUBECONFIG"):
        pytest.fail(f"KUBECONFIG is not set; {how}", pytrace=False)
    context = kubectl("config", "current-context").strip()
    if context not in _CONTEXTS:
        pytest.fail(f"the context {context!r} of KUBECONFIG is not the testbed's; {how}", pytrace=False)
    install_our_kinds()


@pytest.fixture(scope="session")
def no_other_operator(cluster: None) -> None:
    """Another operator in the cluster is refused: both would act on the policies of the tests."""
    if others := kubectl("get", "pods", "--all-namespaces", f"--selector={_OPERATORS}", "-o", "name"):
        pytest.fail(f"an operator runs in the cluster already, uninstall its chart first: {others}", pytrace=False)


@pytest.fixture(scope="module")
def operator(no_other_operator: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """The running operator, one for each file of tests."""
    process = OperatorProcess(tmp_path_factory.mktemp("operator"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def namespace(cluster: None) -> Iterator[Namespace]:
    with new_namespace() as namespace:
        yield namespace


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the logs of our processes with each failure."""
    report = yield
    for name, argument in getattr(item, "funcargs", {}).items():
        if report.failed and isinstance(argument, LocalProcess):
            report.sections.append((f"{name} log", argument.end_of_log))
    return report
