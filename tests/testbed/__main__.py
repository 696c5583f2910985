"""Command line of the testbed: `python -m tests.testbed --help`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.testbed import binaries, image_table, images, paths, provider
from tests.testbed.progress import TestbedError
from tests.testbed.provider import Provider


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except TestbedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.testbed", description="A real Kubernetes cluster for tests.")
    parser.add_argument("--provider", choices=["kind", "local"], help="default: $PROVIDER, else kind if Docker answers")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="start the cluster, or do nothing when it is healthy")
    commands.add_parser("down", help="remove the cluster with everything it made")
    commands.add_parser("status", help="tell whether the cluster is healthy; exit code 1 when not")
    commands.add_parser("kubeconfig", help="print the path of the kubeconfig")
    path = commands.add_parser("path", help="build one of the programs and print where it is")
    path.add_argument("program", choices=sorted(binaries.ALL))
    load = commands.add_parser("load", help="load images from OCI archives into the node")
    load.add_argument("archives", nargs="+", type=Path, metavar="ARCHIVE")
    images_command = commands.add_parser("images", help="build and load the project's images, all or those named")
    images_command.add_argument("names", nargs="*", metavar="NAME")
    archive = commands.add_parser("archive", help="build images, without a cluster, and print where their archives are")
    archive.add_argument("names", nargs="+", metavar="NAME")
    execute = commands.add_parser("exec", help="run a command with access to the cluster")
    execute.add_argument("argv", nargs="+", metavar="-- CMD")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.command in {"path", "archive"}:
        return _build(options)
    cluster = provider.choose(options.provider)
    if options.command in {"load", "images", "exec"} and not cluster.kubeconfig.exists():
        raise TestbedError("no cluster is up: run `python -m tests.testbed up`")
    match options.command:
        case "up":
            cluster.up()
            sys.stdout.write(f"the cluster is up; kubeconfig: {cluster.kubeconfig}\n")
        case "down":
            cluster.down()
        case "status":
            return _status(cluster)
        case "kubeconfig":
            sys.stdout.write(f"{cluster.kubeconfig}\n")
        case "load":
            cluster.load(options.archives)
        case "images":
            cluster.load([images.build(name) for name in options.names or image_table.PROJECT])
        case "exec":
            _execute(cluster, options.argv)
    return 0


def _build(options: argparse.Namespace) -> int:
    """Print where something is that needs no cluster, built now unless it is there."""
    if options.command == "path":
        sys.stdout.write(f"{binaries.build([options.program]) / options.program}\n")
    else:
        sys.stdout.writelines(f"{images.build(name)}\n" for name in options.names)
    return 0


def _status(cluster: Provider) -> int:
    healthy = cluster.healthy()
    sys.stdout.write("healthy\n" if healthy else "not up, or not whole: run `python -m tests.testbed up`\n")
    return 0 if healthy else 1


def _execute(cluster: Provider, argv: Sequence[str]) -> None:
    """Become the command, so that its exit code, signals and terminal are its own."""
    environment = os.environ | {
        "KUBECONFIG": str(cluster.kubeconfig),
        "PATH": f"{paths.binaries()}:{os.environ.get('PATH', os.defpath)}",
    }
    command = cluster.command(argv)
    sys.stdout.flush()
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    sys.exit(main())
