"""Runs the real helm, so that the tests of this folder see what the API server would get."""

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.testbed import paths

CHART = paths.REPOSITORY / "charts/tracereach"
OLDEST_KUBERNETES = "1.29.0"

Object = dict[str, Any]
Values = Mapping[str, Any]
Completed = subprocess.CompletedProcess[str]


def binary() -> str:
    """Path of helm: $HELM, or the one on PATH, or the testbed's."""
    folders = f"{os.environ.get('PATH', os.defpath)}:{paths.binaries()}"
    found = shutil.which(os.environ.get("HELM", "helm"), path=folders)
    if found is None:
        pytest.fail("helm not found: put it on PATH, set HELM, or run `make helm`")
    return found


def lint(values: Values) -> Completed:
    """`helm lint --strict`; never raises for its exit code."""
    return _run("lint", "--strict", str(CHART), values=json.dumps(values))


def template(values: Values, *, release: str = "tracereach") -> Completed:
    """`helm template` of `release` in `tracereach-system`; never raises for its exit code."""
    place = ("--namespace", "tracereach-system", "--kube-version", OLDEST_KUBERNETES)
    return _run("template", release, str(CHART), *place, values=json.dumps(values))


def render(values: Values | None = None) -> list[Object]:
    """The objects that the chart gives with `values` laid over its own."""
    done = template(values or {})
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.load_all(done.stdout, yaml.CSafeLoader) if document]


def find(kind: str, name: str, values: Values | None = None) -> Object:
    """The one object of a kind and name."""
    [found] = [each for each in render(values) if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


@functools.cache
def _run(*arguments: str, values: str) -> Completed:
    command = [binary(), *arguments, "--values", "-"]
    return subprocess.run(command, input=values, capture_output=True, text=True, check=False)
