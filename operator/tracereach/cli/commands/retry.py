"""`tracereach retry`: drops what keeps a workload, or a policy that was rolled back, from being injected."""

from tracereach.api import names
from tracereach.cli.requests import Request, command_for

command = command_for(
    Request(
        annotation=names.RETRY_ANNOTATION,
        rolled_back=None,
        of_workload="gets another turn",
        of_policy="is rolled out again, at its own pace",
    ),
    text="Inject WORKLOAD again, in its turn, though its revision failed or was taken out there; or let a policy go on"
    " that was rolled back.",
)
