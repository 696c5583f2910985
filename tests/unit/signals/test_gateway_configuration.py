"""The gateway's configuration in the chart, and the code that reads what it makes, use the same names."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracereach.api.names import WORKLOAD_ATTRIBUTE
from tracereach.signals.probes import PROBE_TRACE_PREFIX, PROBE_USER_AGENT
from tracereach.signals.prometheus import CALLS, COLLECTORS, SPANS

TEXT = (Path(__file__).parents[3] / "charts/tracereach/files/gateway.yaml").read_text()
GATEWAY: dict[str, Any] = yaml.safe_load(TEXT)
PIPELINES: dict[str, dict[str, list[str]]] = GATEWAY["service"]["pipelines"]


def conditions(processor: str) -> list[str]:
    found: list[str] = GATEWAY["processors"][processor]["traces"]["span"]
    return found


def test_probes_are_known_by_the_marks_of_the_store() -> None:
    others = [f'not IsMatch(trace_id.string, "^{PROBE_TRACE_PREFIX}")']
    for attribute in ("user_agent.original", "http.user_agent"):
        others.append(f'not IsMatch(attributes["{attribute}"], "^{PROBE_USER_AGENT}")')
    assert conditions("filter/probes") == [" and ".join(others)]


def test_the_identity_is_the_attribute_that_sidecars_stamp() -> None:
    assert conditions("filter/stamped") == [f'resource.attributes["{WORKLOAD_ATTRIBUTE}"] == nil']
    assert WORKLOAD_ATTRIBUTE in GATEWAY["processors"]["transform/identity"]["trace_statements"][0]


def test_the_counters_that_are_read_are_the_ones_that_are_kept() -> None:
    (condition,) = GATEWAY["processors"]["filter/counters"]["metrics"]["metric"]
    assert f'name != "{CALLS}"' in condition
    assert f'name != "{SPANS.removesuffix("_total").replace("_", ".")}"' in condition


def test_the_figures_of_collectors_that_are_read_are_the_ones_that_are_kept() -> None:
    (condition,) = GATEWAY["processors"]["filter/collectors"]["metrics"]["metric"]
    patterns = re.findall(r'IsMatch\(name, "([^"]+)"', condition)
    of_sidecars = {"Uptime", "Accepted", "Sent", "Failed"}
    for name, figure in COLLECTORS.items():
        stored = name.removesuffix("_total").removesuffix("_seconds")
        assert any(re.search(pattern, stored) for pattern in patterns) is (figure in of_sidecars)


@pytest.mark.parametrize("name", [name for name in PIPELINES if name.startswith("traces")])
def test_every_way_in_is_guarded_against_running_out_of_memory(name: str) -> None:
    assert PIPELINES[name]["processors"][:2] == ["memory_limiter", "filter/stamped"]


def test_an_operator_that_is_away_stops_nothing() -> None:
    exporter = GATEWAY["exporters"]["otlp_http/operator"]
    assert exporter["encoding"] == "json"
    assert exporter["sending_queue"]["block_on_overflow"] is False
    assert "otlp_http/operator" not in PIPELINES["traces/edges"]["exporters"]


def test_every_component_is_used() -> None:
    used = {name for pipeline in PIPELINES.values() for names in pipeline.values() for name in names}
    for group in ("receivers", "processors", "connectors", "exporters"):
        assert set(GATEWAY[group]) <= used
