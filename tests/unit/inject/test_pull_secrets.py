"""Pull Secrets for the injected images are added by name, beside those that a pod has."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.inject.conftest import CATALOGUE, make_injection
from tests.unit.inject.pods import template
from tracereach.api.revision import revision_of
from tracereach.inject.delivery import pull_secrets


@pytest.mark.parametrize(
    ("present", "named", "added"),
    [
        (None, (), []),
        (None, ("mirror", "team"), ["mirror", "team"]),
        ([{"name": "team"}, {"name": "own"}], ("mirror", "team"), ["mirror"]),
        ([{}], ("mirror",), ["mirror"]),
    ],
)
def test_each_is_added_once(present: list[dict[str, str]] | None, named: tuple[str, ...], added: list[str]) -> None:
    injection = make_injection()
    catalogue = CATALOGUE.model_copy(update={"pull_secrets": named})
    injection = replace(injection, revision=revision_of(injection.revision.spec, catalogue))
    pod: dict[str, Any] = template(spec={"imagePullSecrets": present})
    assert [secret["name"] for secret in pull_secrets(pod, injection)] == added
