"""A command that sets a loader itself is told, because no span comes from what it starts."""

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template, variable
from tracereach.inject import Merge, inject


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", "NODE_OPTIONS=--max-old-space-size=4096 node server.js"],
        ["sh", "-c", "cd /app; export NODE_OPTIONS='$NODE_OPTIONS --inspect' && exec node server.js"],
        ["sh", "-c", 'export NODE_OPTIONS="--inspect --title=a"; node server.js'],
        ["env", "NODE_OPTIONS=--inspect", "node", "server.js"],
    ],
)
@pytest.mark.parametrize("env", [[], [variable("NODE_OPTIONS", "--no-warnings")]])
def test_a_loader_that_the_command_sets_anew_is_told(command: list[str], env: list[dict[str, str]]) -> None:
    (injected,) = inject(template(command=command, env=env), make_injection(), Merge.STAMP).containers
    assert [left.variables for left in injected.left] == ["NODE_OPTIONS"]
    assert "set anew by the command" in injected.left[0].message


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", 'export NODE_OPTIONS="$NODE_OPTIONS --inspect"; node server.js'],
        ["sh", "-c", "NODE_OPTIONS=${NODE_OPTIONS:-}\\ --inspect node server.js"],
        ["sh", "-c", "MY_NODE_OPTIONS=a PYTHONPATH=/app node server.js"],
        ["node", "server.js", "--env=NODE_OPTIONS=a"],
    ],
)
def test_a_loader_that_is_extended_or_is_another_one_is_not(command: list[str]) -> None:
    (injected,) = inject(template(command=command), make_injection()).containers
    assert injected.left == ()
