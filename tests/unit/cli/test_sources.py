from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereach.cli.errors import InputRefused
from tracereach.cli.sources import join, read_sources, split

LINES = st.sampled_from(
    [
        "---",
        "--- # marker",
        "----",
        "---x",
        " ---",
        "...",
        "# Source: a.yaml",
        "",
        "  ",
        "a: 1",
        "b: |",
        "  --- c",
        "%YAML 1.1",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n"])
streams = st.builds(lambda lines, end, last: end.join(lines) + last, st.lists(LINES), ENDS, st.sampled_from(["", "\n"]))


@given(streams)
def test_documents_join_to_the_text_that_was_read(text: str) -> None:
    source = split("a.yaml", text)
    assert "".join(document.text for document in source.documents) == text
    assert join([source]) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, 0, None)]),
        ("a: 1\n", [(1, 0, {"a": 1})]),
        ("a: 1\n---\na: 2\n", [(1, 0, {"a": 1}), (2, 1, {"a": 2})]),
        ("---\na: 1\n--- {a: 2}\n", [(1, 0, {"a": 1}), (2, 2, {"a": 2})]),
        ("# preamble\n---\na: 1\n", [(0, 0, None), (1, 1, {"a": 1})]),
        ("\ufeffa: 1\r\n---\r\na: |\r\n  b\r\n", [(1, 0, {"a": 1}), (2, 1, {"a": "b\n"})]),
        ("a: 1\n---\n---\n# nothing\n---\na: 2", [(1, 0, {"a": 1}), (2, 1, None), (3, 2, None), (4, 4, {"a": 2})]),
        ("%YAML 1.1\n---\na: 1\n", [(1, 0, {"a": 1})]),
        ("a: |\n  ---\n  b\n", [(1, 0, {"a": "---\nb\n"})]),
    ],
    ids=["empty", "one", "two", "after markers", "preamble", "byte order mark", "empty between", "directive", "text"],
)
def test_documents_are_counted_as_people_count_them(text: str, expected: list[tuple[int, int, object]]) -> None:
    documents = split("a.yaml", text).documents
    assert [(document.number, document.line, document.content) for document in documents] == expected


def test_a_directory_is_read_sorted_and_joined_with_markers(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yaml").write_text("b: 1")
    (tmp_path / "c.json").write_text('{"c": 1}\n')
    (tmp_path / "sub" / "d.yml").write_text("---\nd: 1\n")
    (tmp_path / "notes.txt").write_text("no manifest")
    sources = read_sources([str(tmp_path)], recursive=True)
    assert [Path(source.name).name for source in sources] == ["b.yaml", "c.json", "d.yml"]
    assert join(sources) == 'b: 1\n---\n{"c": 1}\n---\nd: 1\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\n---\nb: [1\nc: 2\n", "document 2, line 4: did not find expected ',' or ']'"),
        (b"a: \xff\n", "is not UTF-8 at byte 3; save it as UTF-8"),
        (b"a: 1\n...\nb: 2\n", "document 1, line 3: did not find expected <document start>"),
    ],
    ids=["syntax", "encoding", "two at once"],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        [document.content for source in read_sources([str(path)]) for document in source.documents]
    assert refused.value.message == f"{path}: {message}"


def test_a_directory_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"has no file that ends in \.json, \.yaml, \.yml"):
        read_sources([str(tmp_path)])
