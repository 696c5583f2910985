"""Every reason a workload can have tells its owner what it means and what to do."""

import re

import pytest

from tracereach.api.reasons import EXPLANATIONS, Reason, State


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_a_meaning_and_a_remedy_in_sentences(reason: Reason) -> None:
    explanation = EXPLANATIONS[reason]
    for text in (explanation.meaning, explanation.remedy):
        assert text[0].isupper()
        assert text.endswith((".", "NAME", "POLICY", "WORKLOAD"))


@pytest.mark.parametrize("word", [*Reason, *State])
def test_reasons_and_states_are_spelled_as_conditions_demand(word: str) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", word)
