"""Adding and comparing what gateways count."""

from tracereach.coverage.counters import Call, Counters, SpanGroup

A, B = Call("a", "b"), Call("b", "c")
GROUP = SpanGroup("a", "Server", root=True)


def test_counters_add_up() -> None:
    assert Counters({A: 1}, {GROUP: 2}) + Counters({A: 3, B: 4}) == Counters({A: 4, B: 4}, {GROUP: 2})


def test_the_increase_leaves_out_what_did_not_move() -> None:
    assert Counters({A: 5, B: 4}, {GROUP: 7}).since(Counters({A: 2, B: 4}, {GROUP: 1})) == Counters({A: 3}, {GROUP: 6})


def test_a_new_series_is_all_increase() -> None:
    assert Counters({A: 5}).since(Counters()) == Counters({A: 5})


def test_a_series_that_fell_began_anew() -> None:
    assert Counters({A: 2, B: 9}).since(Counters({A: 5, B: 8})) == Counters({A: 2, B: 1})
