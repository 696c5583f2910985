"""`tracereach rollback`: puts the injection of a workload, or of a whole policy, back."""

from tracereach.api import names
from tracereach.cli.requests import Request, command_for

command = command_for(
    Request(
        annotation=names.ROLLBACK_ANNOTATION,
        rolled_back="true",
        of_workload="is put back",
        of_policy="is put back, at its own pace. To bring it back: tracereach retry --policy {policy}",
    ),
    text="Put WORKLOAD's injection back, and do not try this revision again there; or put back all that a policy has"
    " injected, callers first and within its slots, and begin nothing new of it.",
)
