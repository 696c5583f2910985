import subprocess
from pathlib import Path

import pytest

from tests.testbed import binaries, image_table, images, paths
from tests.testbed.image_table import Image
from tests.testbed.progress import TestbedError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("build/\n")
    folder = tmp_path / "images" / "thing"
    (folder / "build").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "source.py").write_text("1\n")
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    return tmp_path


THING = Image("thing", "images/thing", inputs=("source.py",))


def test_archive_name_follows_the_inputs(repository: Path) -> None:
    before = images.archive_of(THING, {})
    (repository / "source.py").write_text("2\n")
    assert images.archive_of(THING, {}) != before


def test_archive_name_follows_the_mode_of_a_file(repository: Path) -> None:
    before = images.archive_of(THING, {})
    (repository / "source.py").chmod(0o755)
    assert images.archive_of(THING, {}) != before


def test_archive_name_follows_the_build_arguments(repository: Path) -> None:
    assert images.archive_of(THING, {}) != images.archive_of(THING, {"BASE": "other"})


def test_archive_name_ignores_what_git_ignores(repository: Path) -> None:
    before = images.archive_of(THING, {})
    (repository / "images" / "thing" / "build" / "output").write_text("made\n")
    assert images.archive_of(THING, {}) == before


def test_unknown_image_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TestbedError, match=r"no image 'colector'; there are .*collector"):
        images.build("colector")


@pytest.mark.parametrize("image", image_table.ALL.values(), ids=lambda image: image.name)
def test_table_refers_to_what_exists(image: Image) -> None:
    assert image.base is None or image_table.ALL[image.base].base is None
    assert set(image.programs) <= set(binaries.ALL)
