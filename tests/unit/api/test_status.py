"""Texts in a status: much of what they quote is written by others, in any length."""

from tracereach.api.reasons import Reason, State
from tracereach.api.status import PolicyStatus, TracedWorkloadStatus


def test_a_text_that_is_too_long_is_cut_and_not_refused() -> None:
    status = TracedWorkloadStatus(state=State.FAILED, reason=Reason.DAMAGED_RECORD, message="ü" * 1025)
    assert status.message == "ü" * 1024
    assert PolicyStatus(warnings=("x" * 5000,)).warnings == ("x" * 1024,)
