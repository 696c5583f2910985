import subprocess
import sys
from pkgutil import iter_modules

import pytest

from tests.unit.cli.conftest import DATA, POLICY, Call
from tracereach import __version__
from tracereach.cli import commands

_LOADED = """
import sys
from click.testing import CliRunner
from tracereach.cli import main
result = CliRunner().invoke(main, sys.argv[1:])
assert result.exit_code == 0, result.output
print(*sorted({"aiohttp", "asyncio", "kopf", "kubernetes", "pydantic"} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], []),
        (["version"], []),
        (["inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY], ["pydantic"]),
        (["remove", "-f", str(DATA / "shop.yaml")], ["pydantic"]),
    ],
    ids=["help", "version", "inject", "remove"],
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], loaded: list[str]) -> None:
    command = [sys.executable, "-c", _LOADED, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(result.stdout.split()) <= {"asyncio", *loaded}


def test_every_command_has_its_help(call: Call) -> None:
    listed = [
        line.split()[0] for line in call("--help").stdout.split("Commands:\n")[1].splitlines() if line[2:3] != " "
    ]
    assert listed[:4] == ["inject", "remove", "plan", "status"]
    assert set(listed) == {module.name for module in iter_modules(commands.__path__)}
    for name in listed:
        assert f"Usage: main {name}" in call(name, "--help").stdout


@pytest.mark.parametrize("spelling", ["version", "--version"])
def test_version(call: Call, spelling: str) -> None:
    assert call(spelling).stdout == f"tracereach {__version__}\n"


def test_an_unknown_command_is_refused(call: Call) -> None:
    result = call("injekt")
    assert result.exit_code == 2
    assert "No such command 'injekt'" in result.stderr
