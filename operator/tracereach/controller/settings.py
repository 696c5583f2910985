"""The operator's settings: one YAML file, written by the chart."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from tracereach.api.catalogue import Catalogue
from tracereach.api.schema import Model, Text


class Gateway(Model):
    """Where the coverage gateway's counters are read."""

    metrics: tuple[Text, ...]
    """URLs; a host that resolves to several addresses stands for as many replicas."""
    interval_seconds: Annotated[float, Field(gt=0)] = 10


class Patches(Model):
    """How fast the operator may write to workloads."""

    per_second: Annotated[float, Field(gt=0)] = 20
    burst: Annotated[int, Field(ge=1)] = 40


class InProgress(Model):
    """How many workloads may be in progress at once over all policies, whatever these say."""

    in_cluster: Annotated[int, Field(ge=1)] = 20
    in_namespace: Annotated[int, Field(ge=1)] = 10


class Settings(Model):
    """Everything that is set where the operator is installed, and not in a policy."""

    catalogue: Catalogue
    gateway: Gateway
    patches: Patches = Patches()
    in_progress: InProgress = InProgress()
    read_logs: bool = False
    """Whether the last lines of a failed container's log are kept with the evidence."""
    read_config_maps: bool = False
    """Whether addresses that workloads take from ConfigMaps are looked for there."""
    webhook: bool = False
    """Whether the webhook is installed, so that parts of an injection may be left to it."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080


class SettingsUnusable(Exception):
    """The settings cannot be read; the operator must not start with half of them."""


def load(path: Path) -> Settings:
    """The settings in the file at `path`. Raises `SettingsUnusable`, which names the field."""
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsUnusable(f"{path}: {error}") from error
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in detail["loc"])
        raise SettingsUnusable(f"{path}: {field}: {detail['msg']}") from error
