"""Kubernetes quantities: `1` and `1000m` are the same amount, and so are `1Gi` and `1024Mi`."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

_FACTORS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)")


def amount(quantity: Any) -> Decimal | None:
    """The amount that a quantity stands for; None where it is no quantity, which the API server would refuse."""
    return _amount(str(quantity))


@lru_cache(maxsize=4096)
def _amount(quantity: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent) if exponent else _FACTORS[suffix or ""])
