"""Whether context crosses from a caller to a callee, by the propagators of both."""

import pytest

from tracereach.api.propagators import DEFAULT_PROPAGATORS, PROPAGATORS, carries_context


@pytest.mark.parametrize(
    ("caller", "callee", "carried"),
    [
        (DEFAULT_PROPAGATORS, DEFAULT_PROPAGATORS, True),
        (("tracecontext",), ("b3",), False),
        (("b3",), ("tracecontext",), False),
        (("b3",), ("b3multi",), True),
        (("b3multi",), ("b3",), True),
        (("jaeger",), ("jaeger",), True),
        (("jaeger",), DEFAULT_PROPAGATORS, False),
        (("tracecontext", "b3"), ("b3",), True),
        (("tracecontext",), ("b3", "tracecontext"), True),
        (("baggage",), ("baggage",), False),
        (("none",), DEFAULT_PROPAGATORS, False),
        (DEFAULT_PROPAGATORS, ("none",), False),
        ((), DEFAULT_PROPAGATORS, False),
        (("xray",), ("xray",), False),
        (("xray", "tracecontext"), ("tracecontext", "ottrace"), True),
    ],
)
def test_context_crosses_where_one_header_is_written_and_read(
    caller: tuple[str, ...], callee: tuple[str, ...], *, carried: bool
) -> None:
    assert carries_context(caller, callee) is carried


def test_every_propagator_reads_what_it_writes_but_baggage_which_holds_no_trace() -> None:
    for name, propagator in PROPAGATORS.items():
        assert propagator.injects <= propagator.extracts or name == "baggage"
        assert all(header == header.lower() for header in propagator.injects | propagator.extracts)
