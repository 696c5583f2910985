"""What no cluster could mean anything by is refused before one is asked."""

import pytest

from tests.unit.cli.conftest import Call


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("status", "-n", "../x"), "'../x' is no name of a namespace"),
        (("explain", "orders", "-n", "Shop"), "'Shop' is no name of a namespace"),
        (("map", "--operator-namespace", "a/b"), "'a/b' is no name of a namespace"),
        (("pause", "a/b"), "'a/b' is no name of an object"),
        (("retry", "--policy", "../x"), "'../x' is no name of an object"),
        (("check", "--min", "nan"), "'nan' is not a number"),
        (("check", "--min", "1", "--wait", "nan"), "'nan' is not a number"),
    ],
)
def test_it_is_refused(call: Call, arguments: tuple[str, ...], why: str) -> None:
    result = call(*arguments)
    assert (result.exit_code, why in result.stderr) == (2, True), result.stderr
