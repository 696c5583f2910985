"""How many workloads may be in progress at once."""

import pytest

from tracereach.api.policy import Rollout


@pytest.mark.parametrize(
    ("max_concurrent", "workloads", "slots"),
    [
        ("10%", 0, 1),
        ("10%", 1, 1),
        ("10%", 10, 1),
        ("10%", 11, 2),
        ("10%", 5000, 500),
        ("1%", 100, 1),
        ("1%", 101, 2),
        ("33%", 3, 1),
        ("34%", 3, 2),
        ("100%", 7, 7),
        (3, 1, 3),
        (3, 5000, 3),
    ],
)
def test_a_percentage_is_rounded_up_and_a_count_is_itself(
    max_concurrent: int | str, workloads: int, slots: int
) -> None:
    assert Rollout(max_concurrent=max_concurrent).slots(workloads) == slots
