"""Which revisions are kept."""

from tracereach.rollout.history import KeptRevision, superseded


def revision(name: str, second: int, policy: str = "p") -> KeptRevision:
    return KeptRevision(f"2026-01-01T00:00:{second:02}Z", "shop", name, policy)


def test_the_two_newest_of_each_policy_stay_and_those_in_use() -> None:
    kept = [revision("d", 4), revision("a", 1), revision("b", 2), revision("c", 3), revision("z", 0, "other")]
    assert [one.name for one in superseded(kept, {("p", "b")})] == ["a"]


def test_a_revision_in_use_by_another_policy_of_the_same_name_does_not_count() -> None:
    kept = [revision("a", 1), revision("b", 2), revision("c", 3)]
    assert [one.name for one in superseded(kept, {("other", "a")})] == ["a"]


def test_without_older_ones_nothing_goes() -> None:
    assert list(superseded([revision("a", 1), revision("b", 2)], set())) == []
