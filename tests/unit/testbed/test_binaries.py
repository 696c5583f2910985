from pathlib import Path

import pytest

from tests.testbed import binaries, paths
from tests.testbed.binaries import Binary


@pytest.mark.parametrize("name", binaries.ALL)
def test_every_program_is_pinned_by_its_module(name: str) -> None:
    binary = binaries.ALL[name]
    assert binary.version.startswith("v")
    sums = (binary.module / "go.sum").read_text()
    assert f" {binary.version} h1:" in sums


def test_version_is_that_of_the_innermost_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "go.mod").write_text(
        "require (\n\ta.b/c v1.0.0\n\ta.b/c/d v2.3.4 // indirect\n\ta.b/cc v9.9.9\n)\n"
    )
    monkeypatch.setattr(binaries, "TOOLS", tmp_path)
    assert Binary("x", "tool", "a.b/c/d/cmd/x").version == "v2.3.4"
    assert Binary("x", "tool", "a.b/c/e").version == "v1.0.0"


def test_kubernetes_is_told_its_version() -> None:
    flags = binaries.ALL["kube-apiserver"].linker_flags
    version = binaries.ALL["kube-apiserver"].version
    assert f"-X k8s.io/component-base/version.gitVersion={version}" in flags
    assert "version.gitMajor=1 " in flags


def test_key_changes_with_the_pinned_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "go.mod").write_text("require a.b/c v1.0.0\n")
    (tmp_path / "tool" / "go.sum").write_text("one")
    monkeypatch.setattr(binaries, "TOOLS", tmp_path)
    binary = Binary("x", "tool", "a.b/c")
    before = binary.key
    (tmp_path / "tool" / "go.sum").write_text("two")
    assert binary.key != before


def test_what_is_built_is_only_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREACH_CACHE", str(tmp_path))
    built = tmp_path / "binaries" / binaries.ALL["kind"].key
    built.parent.mkdir()
    built.write_text("program")
    stale = tmp_path / "bin" / "kind"
    stale.parent.mkdir()
    stale.symlink_to(tmp_path / "gone")
    assert binaries.build(["kind"]) == paths.binaries()
    assert stale.read_text() == "program"
