"""No neighbour stops understanding another one while propagators change."""

import pytest

from tracereach.rollout.propagation import kept_meanwhile

W3C = ("tracecontext", "baggage")


@pytest.mark.parametrize(
    ("asked", "held", "kept"),
    [
        pytest.param(W3C, [], (), id="nobody is injected"),
        pytest.param(W3C, [W3C], (), id="nothing changes"),
        pytest.param(W3C, [("b3",)], ("b3",), id="all have the old one alone"),
        pytest.param(W3C, [("b3",), (*W3C, "b3")], ("b3",), id="some have both"),
        pytest.param(W3C, [(*W3C, "b3")], (), id="all have both, so the old one may go"),
        pytest.param(("b3",), [("b3multi",), ("jaeger",)], ("b3multi", "jaeger"), id="two old ones"),
        pytest.param((*W3C, "b3"), [W3C], (), id="one more, and none goes"),
        pytest.param(("tracecontext",), [W3C], (), id="baggage carries no trace"),
        pytest.param(("none",), [W3C], (), id="nothing is to be propagated any more"),
        pytest.param(W3C, [("none",)], (), id="nothing was propagated before"),
        pytest.param(W3C, [()], (), id="nobody knows what a workload has"),
    ],
)
def test_what_stays_meanwhile(asked: tuple[str, ...], held: list[tuple[str, ...]], kept: tuple[str, ...]) -> None:
    assert kept_meanwhile(asked, held) == kept


def test_the_old_one_stays_until_the_last_pod_has_both() -> None:
    assert kept_meanwhile(W3C, [(*W3C, "b3")], under_way=[(*W3C, "b3")]) == ("b3",)
    assert kept_meanwhile(W3C, [(*W3C, "b3")], under_way=[W3C]) == ()
