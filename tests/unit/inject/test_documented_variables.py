"""The page on the injection names every variable that a container may find in its environment."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import injected_variables, template
from tracereach.inject.agents import AGENTS

PAGE = (Path(__file__).parents[3] / "docs" / "injection.md").read_text()
LOADERS = {loader.name for agent in AGENTS.values() for loader in agent.loaders}


@pytest.mark.parametrize("mode", ["Sidecar", "Direct"])
def test_every_variable_that_is_added_is_on_the_page(mode: str) -> None:
    sampling: dict[str, Any] = {"sampler": "traceidratio", "ratio": "0.5"}
    export = {"endpoint": "http://collector:4318", "protocol": "http/protobuf"}
    injection = make_injection(
        agents=["java", "nodejs", "python", "dotnet"], collector={"mode": mode}, export=export, sampling=sampling
    )
    added = injected_variables(template(), injection).keys() - LOADERS
    assert "OTEL_TRACES_SAMPLER_ARG" in added
    assert {name for name in added if f"`{name}`" not in PAGE} == set()
