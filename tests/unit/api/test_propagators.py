"""The table of propagators."""

from tracereach.api.propagators import PROPAGATORS


def test_every_propagator_reads_what_it_writes_but_baggage_which_holds_no_trace() -> None:
    for name, propagator in PROPAGATORS.items():
        assert propagator.injects <= propagator.extracts or name == "baggage"
        assert all(header == header.lower() for header in propagator.injects | propagator.extracts)
