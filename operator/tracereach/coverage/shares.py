"""Shares of a whole, as every report of coverage writes them. What is not known is missing, never zero."""

from decimal import ROUND_DOWN, Decimal

from tracereach.api.status import Count


def count_of(count: int, total: int, *, known: bool = True) -> Count:
    """So many of a total, with their share where there is one."""
    return Count(count=count, total=total, ratio=ratio(count, total) if known and total else None)


def ratio(count: int, total: int) -> str:
    """Rounded down, so that only what is complete reads as 1."""
    share = (Decimal(count) / Decimal(total)).quantize(Decimal("0.001"), ROUND_DOWN)
    return f"{share.normalize():f}"
