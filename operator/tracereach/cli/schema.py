"""As much of the Kubernetes schema as an injection relies on, so that a malformed manifest is refused by its field.

Every workload, namespace and Service that is looked at is checked by it. What stands in other fields is the API
server's to judge.
"""

from collections import Counter
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from tracereach.cli.places import Place, path_of
from tracereach.cli.sources import Document

_Texts = dict[str, str | None]
"""A map of strings. The API server reads null as an empty one."""

_MESSAGES = {
    "dict_type": "must be a map",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "missing": "is required",
    "model_type": "must be a map",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
}
"""Our words for the validation library's kinds of errors, where its own would speak of Python."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True)


class _Named(_Part):
    name: str


class _Mount(_Named):
    mount_path: str


class _Variable(_Named):
    value: str | None = None
    value_from: dict[str, dict[str, Any] | None] | None = None


class _Reference(_Part):
    name: str | None = None


class _VariableSource(_Part):
    prefix: str | None = None
    config_map_ref: _Reference | None = None
    secret_ref: _Reference | None = None


class _Port(_Part):
    container_port: int


class _Handler(_Part):
    exec: dict[str, Any] | None = None


class _Lifecycle(_Part):
    post_start: _Handler | None = None
    pre_stop: _Handler | None = None


class _Resources(_Part):
    limits: dict[str, Any] | None = None
    requests: dict[str, Any] | None = None


class _Container(_Named):
    image: str | None = None
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[_Variable] | None = None
    env_from: list[_VariableSource] | None = None
    lifecycle: _Lifecycle | None = None
    liveness_probe: _Handler | None = None
    ports: list[_Port] | None = None
    readiness_probe: _Handler | None = None
    resources: _Resources | None = None
    startup_probe: _Handler | None = None
    volume_mounts: list[_Mount] | None = None


class _Expression(_Part):
    key: str
    values: list[str] | None = None


class _NodeSelectorTerm(_Part):
    match_expressions: list[_Expression] | None = None


class _NodeSelector(_Part):
    node_selector_terms: list[_NodeSelectorTerm] | None = None


class _NodeAffinity(_Part):
    required: _NodeSelector | None = Field(None, alias="requiredDuringSchedulingIgnoredDuringExecution")


class _Affinity(_Part):
    node_affinity: _NodeAffinity | None = None


class _System(_Part):
    name: str | None = None


class _PodSpec(_Part):
    affinity: _Affinity | None = None
    containers: list[_Container]
    dns_policy: str | None = None
    host_network: bool | None = None
    image_pull_secrets: list[_Reference] | None = None
    init_containers: list[_Container] | None = None
    node_selector: _Texts | None = None
    os: _System | None = None
    resources: _Resources | None = None
    volumes: list[_Named] | None = None

    @model_validator(mode="after")
    def _names_each_container_once(self) -> Self:
        """A record could not tell two of one name apart; they share their names with init containers."""
        every = Counter(container.name for container in (*self.containers, *(self.init_containers or ())))
        if repeated := [name for name, times in every.items() if times > 1]:
            raise PydanticCustomError("repeated", f"has more than one container called {', '.join(repeated)}")
        return self


class _PodMetadata(_Part):
    annotations: _Texts | None = None
    labels: _Texts | None = None


class _PodTemplate(_Part):
    metadata: _PodMetadata | None = None
    spec: _PodSpec


class _Strategy(_Part):
    rolling_update: dict[str, Any] | None = None
    type: str | None = None


class _WorkloadSpec(_Part):
    strategy: _Strategy | None = None
    template: _PodTemplate
    update_strategy: _Strategy | None = None


class _Metadata(_Part):
    name: str = Field(min_length=1)
    namespace: str | None = None
    labels: _Texts | None = None
    annotations: _Texts | None = None


class NamespaceSchema(_Part):
    """A Namespace."""

    metadata: _Metadata


class _ServiceSpec(_Part):
    cluster_ips: list[str] | None = Field(None, alias="clusterIPs")
    external_name: str | None = None
    selector: _Texts | None = None


class ServiceSchema(_Part):
    """A Service."""

    metadata: _Metadata
    spec: _ServiceSpec | None = None


class WorkloadSchema(_Part):
    """A Deployment, StatefulSet or DaemonSet."""

    metadata: _Metadata
    spec: _WorkloadSpec


def check(schema: type[BaseModel], document: Document, place: Place, body: Any) -> None:
    """Raise `InputRefused`, naming every field at fault, where `body` at `place` in `document` is not of `schema`."""
    try:
        schema.model_validate(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = (
            f"{path_of((*place, *detail['loc']))}: {_MESSAGES.get(detail['type'], detail['msg'].lower())}"
            for detail in details
        )
        raise document.refused("; ".join(problems), place=(*place, *details[0]["loc"])) from error
