from pathlib import Path

import pytest

from tests.testbed import __main__ as command_line
from tests.testbed import images, provider
from tests.testbed.kind import KindProvider
from tests.testbed.progress import TestbedError, wait_until
from tests.testbed.shell import attempt, run


@pytest.fixture(autouse=True)
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KindProvider:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    cluster = KindProvider()
    monkeypatch.setattr(provider, "choose", lambda name: cluster)
    return cluster


def test_exec_gives_the_command_unchanged(cluster: KindProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.kubeconfig.parent.mkdir(parents=True)
    cluster.kubeconfig.touch()
    became: list[list[str]] = []

    def become(file: str, argv: list[str], environment: dict[str, str]) -> None:
        assert environment["KUBECONFIG"].endswith("kind.kubeconfig")
        assert environment["PATH"].split(":")[0].endswith("/bin")
        became.append(argv)

    monkeypatch.setattr("os.execvpe", become)
    command_line.main(["exec", "--", "kubectl", "exec", "pod", "--", "ls", "-l"])
    assert became == [["kubectl", "exec", "pod", "--", "ls", "-l"]]


@pytest.mark.parametrize("command", [["exec", "true"], ["images"], ["load", "a.tar"]])
def test_without_a_cluster_the_error_tells_how_to_get_one(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(command) == 1
    assert capsys.readouterr().err == "error: no cluster is up: run `python -m tests.testbed up`\n"


def test_an_archive_needs_no_cluster(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "build", lambda name: Path("/cache") / f"{name}.tar")
    assert command_line.main(["archive", "operator", "collector"]) == 0
    assert capsys.readouterr().out == "/cache/operator.tar\n/cache/collector.tar\n"


def test_failing_command_is_quoted_with_its_messages() -> None:
    with pytest.raises(TestbedError, match=r"sh -c 'echo why >&2; exit 3' exited 3:\nwhy"):
        run(["sh", "-c", "echo why >&2; exit 3"])


def test_attempt_tells_failure_from_empty_output() -> None:
    assert attempt(["true"]) == ""
    assert attempt(["false"]) is None
    assert attempt(["no-such-program"]) is None


def test_waiting_ends_with_what_was_awaited() -> None:
    with pytest.raises(TestbedError, match="node ready: not so after 0 s"):
        wait_until(lambda: False, what="node ready", seconds=0, interval=0)
