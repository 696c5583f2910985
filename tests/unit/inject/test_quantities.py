"""Equal amounts, however they are written."""

from decimal import Decimal

import pytest

from tracereach.inject.quantities import amount


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1000m"),
        (1, "1"),
        (0.5, "500m"),
        ("1Gi", "1024Mi"),
        ("1Gi", "1073741824"),
        ("1G", "1000M"),
        ("1e3", "1k"),
        ("1E3", "1k"),
        ("1.5Gi", "1536Mi"),
        (".5", "500m"),
        ("1000000u", "1"),
        ("1000000000n", "1"),
        ("1Pi", "1024Ti"),
        ("1E", "1000P"),
        ("+1", "1."),
    ],
)
def test_the_same_amount(one: object, other: object) -> None:
    assert amount(one) == amount(other) is not None


@pytest.mark.parametrize(("one", "other"), [("1", "1m"), ("1G", "1Gi"), ("1M", "1m"), ("1", "1.000001")])
def test_another_amount(one: str, other: str) -> None:
    assert amount(one) != amount(other)


@pytest.mark.parametrize("quantity", [None, "", "Gi", "1 Gi", "1gi", "one", "1e", [], {}, True])
def test_no_quantity(quantity: object) -> None:
    assert amount(quantity) is None


def test_amounts_are_exact() -> None:
    assert amount("0.1") == Decimal("0.1")
