"""The operator's settings: one YAML file, written by the chart."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from tracereach.api.catalogue import Catalogue
from tracereach.api.schema import Model, Text


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    if not usable or parts.query or parts.fragment or any(character.isspace() for character in url):
        raise ValueError("must be a URL with http or https, a host, and no user, query or fragment")
    return url


def _is_absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


class Prometheus(Model):
    """A Prometheus that scrapes the coverage gateway, or what answers its query API."""

    url: Annotated[Text, AfterValidator(_is_address)]
    """Without `/api/v1/query`; a path before that is kept."""
    labels: dict[Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")], Text] = {}
    """Labels of the gateway's series, where Prometheus has series of other gateways too."""
    token_file: Annotated[Path, AfterValidator(_is_absolute)] | None = None
    """A file with a bearer token, mounted by whoever installs the operator."""

    @model_validator(mode="after")
    def _token_is_kept_secret(self) -> Self:
        if self.token_file and urlsplit(self.url).scheme != "https":
            raise ValueError("url must begin with https:// where tokenFile is set")
        return self


class Gateway(Model):
    """Where the coverage gateway's counters are read: from itself, or from a Prometheus that scrapes it."""

    metrics: tuple[Text, ...] | None = None
    """URLs; a host that resolves to several addresses stands for as many replicas."""
    prometheus: Prometheus | None = None
    interval_seconds: Annotated[float, Field(gt=0)] = 10

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.metrics is None) == (self.prometheus is None):
            raise ValueError("must have one of metrics and prometheus, and not both")
        return self


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
    paused: bool = False
    """Whether nothing new is begun, whatever the policies say."""
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
