"""Kinds of values that a command line takes, and what is refused before any cluster is asked."""

import math
from collections.abc import Callable
from typing import Any

import click

from tracereach.api.naming import unfit_name, unfit_namespace


class ObjectName(click.ParamType[str]):
    """The name of an object. Anything else would be another path of the API server."""

    def __init__(self, kind: str, problem: Callable[[object], str]) -> None:
        self.name = kind
        self._problem = problem

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Fails where no object of the kind can have that name."""
        if problem := self._problem(value):
            self.fail(problem, param, ctx)
        return str(value)


NAMESPACE = ObjectName("namespace", unfit_namespace)
POLICY = ObjectName("policy", unfit_name)


class NumberRange(click.FloatRange):
    """A number within bounds. What is no number (`nan`) is within any, as floats are compared."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Fails where it is none, or out of bounds."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number
