"""The rows of a trace's tree."""

from tracereach.coverage.tree import Span, tree


def span(name: str, parent: str = "", start: int = 0) -> Span:
    return Span("7261636572656163" + "0" * 16, name, parent, name, "Server", "shop/Deployment/x", "x", start, start + 1)


def rows(*spans: Span) -> list[tuple[int, str, bool]]:
    return [(row.depth, row.span_id, row.span is not None) for row in tree(spans)]


def test_children_stand_below_their_parent_in_the_order_of_their_start() -> None:
    found = rows(span("d", "b", 5), span("c", "a", 9), span("b", "a", 2), span("a"))
    assert found == [(0, "a", True), (1, "b", True), (2, "d", True), (1, "c", True)]


def test_a_missing_parent_has_a_row() -> None:
    found = rows(span("a"), span("c", "gone", 3), span("b", "gone", 2))
    assert found == [(0, "a", True), (0, "gone", False), (1, "b", True), (1, "c", True)]


def test_a_ring_loses_no_span() -> None:
    assert rows(span("b", "a", 2), span("a", "b", 1)) == [(0, "a", True), (1, "b", True)]
    assert rows(span("a", "a")) == [(0, "a", True)]


def test_a_span_that_arrives_twice_has_one_row() -> None:
    assert rows(span("a"), span("a")) == [(0, "a", True)]


def test_a_chain_may_be_deeper_than_the_stack() -> None:
    chain = [span(str(number), str(number - 1) if number else "", number) for number in range(5000)]
    assert [row.depth for row in tree(chain)] == list(range(5000))


def test_no_spans_no_rows() -> None:
    assert tree(()) == ()
