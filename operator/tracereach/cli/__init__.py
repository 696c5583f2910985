"""`tracereach`, also installed as `kubectl-tracereach`: the command line.

Only the command that is called gets imported. So `inject` starts without a Kubernetes client, and works without one.
"""

from importlib import import_module

import click

from tracereach import __version__

_COMMANDS = {
    "inject": "Print manifests with the injection in them; needs no cluster.",
    "remove": "Print manifests with the injection taken out again; needs no cluster.",
    "plan": "Show what each workload would get, why, and in which wave; needs no cluster.",
    "status": "Show policies and workloads of the cluster, and what to do about those that are not healthy.",
    "map": "Show which service calls which, how far traces get, and why they stop.",
    "explain": "Show everything about one service's part in traces.",
    "check": "Exit with an error where traces do not reach far enough; for pipelines.",
    "probe": "Send a request through the services, and show how far its trace gets.",
    "trace": "Show one probe's way through the services.",
    "pause": "Begin nothing new of a policy's rollout.",
    "resume": "Go on with a policy's rollout.",
    "retry": "Inject a workload again that was put back or undone, or all those of a policy.",
    "rollback": "Put a workload's injection back, or those of a whole policy, and do not try again there.",
    "upgrade": "Let a policy's workloads go to the newest images, at the policy's pace.",
    "uninstall": "Delete every policy and wait until all workloads are restored.",
    "operator": "Run the operator; the images do that.",
    "webhook": "Run the admission webhook; the images do that.",
    "certificates": "Renew the webhook's certificate when it is due; the chart runs that.",
    "version": "Print the version of this program.",
}


class _LazyGroup(click.Group):
    """Finds each command in the module of its name in `tracereach.cli.commands`, as its `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"tracereach.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.version_option(__version__, prog_name="tracereach", message="%(prog)s %(version)s")
@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Roll out tracing to a whole Kubernetes cluster, and see how far a trace really reaches."""
