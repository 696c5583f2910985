"""Kinds of values that a command line takes, and what is refused before any cluster is asked."""

import math
from typing import Any

import click

from tracereach.api.naming import unfit_name, unfit_namespace


class NamespaceName(click.ParamType[str]):
    """The name of a namespace. Anything else would be another path of the API server."""

    name = "namespace"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Fails where no namespace can have that name."""
        if problem := unfit_namespace(value):
            self.fail(problem, param, ctx)
        return str(value)


class PolicyName(click.ParamType[str]):
    """The name of a policy."""

    name = "policy"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Fails where no policy can have that name."""
        if problem := unfit_name(value):
            self.fail(problem, param, ctx)
        return str(value)


class NumberRange(click.FloatRange):
    """A number within bounds. What is no number (`nan`) is within any, as floats are compared."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Fails where it is none, or out of bounds."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number
