"""Which files are read, and rewriting them where they are."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.cli.conftest import CATALOGUE, DATA, POLICY, Call
from tracereach.cli.errors import InputRefused
from tracereach.cli.paths import expand


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two manifests, one more below, and a file that is none."""
    (tmp_path / "below").mkdir()
    for name in ("b.yaml", "a.json", "below/c.yml", "notes.txt"):
        (tmp_path / name).write_text("{}\n")
    return tmp_path


def names(tree: Path, *paths: str, recursive: bool = False) -> list[str]:
    return [
        str(Path(name).relative_to(tree)) for name in expand((str(tree / path) for path in paths), recursive=recursive)
    ]


def test_a_directory_is_its_own_manifests_sorted(tree: Path) -> None:
    assert names(tree, ".") == ["a.json", "b.yaml"]


def test_recursive_goes_below(tree: Path) -> None:
    assert names(tree, ".", recursive=True) == ["a.json", "b.yaml", "below/c.yml"]


def test_a_pattern_takes_what_it_matches_and_each_file_once(tree: Path) -> None:
    assert names(tree, "*.yaml", "b.yaml", "*.txt") == ["b.yaml", "notes.txt"]


def test_a_directory_without_manifests_is_refused_with_advice(tree: Path) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(InputRefused, match=r"has no file that ends in .*; --recursive looks into its directories"):
        names(tree, "empty")


@contextmanager
def filled_pipe(path: Path, content: bytes) -> Iterator[str]:
    """A named pipe that gives `content` to whoever reads it."""
    os.mkfifo(path)
    with ThreadPoolExecutor() as writer:
        written = writer.submit(path.write_bytes, content)
        yield str(path)
        written.result()


def test_a_pipe_is_read_as_a_file(call: Call, tmp_path: Path) -> None:
    shop = (DATA / "shop.yaml").read_bytes()
    expected = call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY).stdout
    with filled_pipe(tmp_path / "shop", shop) as manifests, filled_pipe(tmp_path / "p", Path(POLICY).read_bytes()) as p:
        result = call("inject", "-f", manifests, "-p", p)
    assert (result.exit_code, result.stdout) == (0, expected)


def test_a_pipe_is_not_rewritten(call: Call, tmp_path: Path) -> None:
    with filled_pipe(tmp_path / "shop", (DATA / "shop.yaml").read_bytes()) as manifests:
        result = call("inject", "-f", manifests, "-p", POLICY, *CATALOGUE, "--in-place")
    assert (result.exit_code, result.stderr) == (2, f"{manifests}: is a pipe, no file to rewrite\n")
    assert (tmp_path / "shop").is_fifo()


@pytest.mark.parametrize("option", ["-f", "-p"])
def test_a_link_to_nowhere_is_one_line(call: Call, tmp_path: Path, option: str) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "absent")
    other = {"-f": "-p", "-p": "-f"}[option]
    result = call("inject", option, str(link), other, POLICY)
    assert (result.exit_code, result.stderr) == (2, f"{link}: No such file or directory\n")


def test_in_place_only_files_that_change_are_written(call: Call, tmp_path: Path) -> None:
    shop, other = tmp_path / "shop.yaml", tmp_path / "other.yaml"
    original = (DATA / "shop.yaml").read_bytes()
    shop.write_bytes(original)
    shop.chmod(0o640)
    other.write_text("kind: ConfigMap\n")
    os.utime(other, (1, 1))
    result = call("inject", "-f", str(tmp_path), "-p", POLICY, *CATALOGUE, "--in-place")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{shop}: changed\n")
    assert b"tracereach.dev/injection" in shop.read_bytes()
    assert shop.stat().st_mode & 0o777 == 0o640
    assert other.stat().st_mtime == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.yaml", "shop.yaml"]
    assert call("remove", "-f", str(tmp_path), "-i").exit_code == 0
    assert shop.read_bytes() == original


@pytest.mark.parametrize("arguments", [("-f", "-"), ("-f", "a.yaml", "-o", "json")])
def test_in_place_needs_files_in_their_own_format(call: Call, arguments: tuple[str, ...]) -> None:
    result = call("inject", *arguments, "-p", POLICY, "--in-place")
    assert result.exit_code == 2
    assert "--in-place rewrites files in their own format" in result.stderr
