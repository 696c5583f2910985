"""What `/api/probes` is asked and answers."""

from typing import Annotated, Literal

from pydantic import Field

from tracereach.api.policy import Probe
from tracereach.api.schema import Model, Name
from tracereach.api.status import BreakStatus


class ProbeQuestion(Model):
    """Which Service to send a probe to, and what to ask for there."""

    namespace: Name
    service: Name
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    path: str = "/"
    method: Literal["GET", "HEAD"] = "GET"
    grpc_method: str | None = None
    """A unary method to call by gRPC, in place of a path."""

    @property
    def probe(self) -> Probe:
        """The request, by the rules of a policy's probes. Raises `ValidationError`."""
        return Probe(method=self.method, port=self.port, path=self.path, grpc_method=self.grpc_method)


class ProbeAnswer(Model):
    """What became of the request; its spans come later, under its trace id."""

    trace_id: str
    status: int | None = None
    """Of the answer, by HTTP or by gRPC; of its body nothing is looked at."""
    grpc_status: str = ""
    """The name of a status of gRPC that has one, such as `NOT_FOUND`."""
    problem: str = ""
    """Why there was no answer."""


class Halt(Model):
    """A hop that the trace of a probe did not get over, although its caller is in it."""

    caller: str
    """`namespace/kind/name`."""
    callee: str
    found: BreakStatus | None = None
    """What coverage knows of the hop; missing where it has found nothing wrong with it."""
