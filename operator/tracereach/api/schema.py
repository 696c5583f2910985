"""What the models of the contract are made of: strict objects, bounded strings, and rules in two languages.

A rule that spans fields is written twice, side by side in its model: as CEL for the API server, so that a bad object
is refused before anybody sees it, and as a validator for files that never meet an API server.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StringConstraints
from pydantic.alias_generators import to_camel

EXPANSION = "must not contain $( or ${: the kubelet and the collector would expand it"


class Model(BaseModel):
    """An object of the contract: immutable, in camelCase outside, and refusing what it does not know."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=True,
    )


def cel(rule: str, message: str, *, field: str = "") -> dict[str, str]:
    """One entry of `x-kubernetes-validations`; `field` is the path below the object that the error shall name."""
    return {"rule": rule, "message": message} | ({"fieldPath": field} if field else {})


def rules(*validations: dict[str, str]) -> dict[str, Any]:
    """CEL rules in the form that pydantic merges into a JSON schema."""
    return {"x-kubernetes-validations": list(validations)}


class Broken(ValueError):
    """A rule over several fields does not hold; `field` is the one of them to name, from the rule's object on."""

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = field


def _refuse_expansion(text: str) -> str:
    if "$(" in text or "${" in text:
        raise ValueError(EXPANSION)
    return text


NO_EXPANSION = cel("!self.contains('$(') && !self.contains('${')", EXPANSION)
"""For a string with rules of its own, which must name this one too: a field's rules replace those of its type."""

Text = Annotated[
    str,
    StringConstraints(max_length=1024),
    AfterValidator(_refuse_expansion),
    Field(json_schema_extra=rules(NO_EXPANSION)),
]
"""A free string of the user."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
"""A Kubernetes object's or container's name (RFC 1123)."""

Ratio = Annotated[str, StringConstraints(pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")]
"""A number from 0 to 1 as a string: the API conventions advise against floating point fields."""

PERCENTAGE = r"^([1-9][0-9]?|100)%$"
Percentage = Annotated[str, StringConstraints(pattern=PERCENTAGE)]
Seconds = Annotated[StrictInt, Field(ge=0, le=86400)]
LabelKey = Annotated[str, StringConstraints(min_length=1, max_length=317)]
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]
