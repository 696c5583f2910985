"""What must stay true of the repository itself, because breaking it shows far from where it was broken."""

import ast
import asyncio
import operator
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import kopf

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api import names
from tracereach.cluster import policies
from tracereach.cluster.inbox import PolicyInbox

SOURCE = Path(__file__).parents[2] / "operator"
KINDS = {names.POLICY_PLURAL, names.CLUSTER_POLICY_PLURAL}


def importers_of(module: str) -> Iterator[str]:
    """The files of the package that import `module`."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == module for name in imported):
                yield str(path.relative_to(SOURCE))


def test_the_source_root_does_not_shadow_the_standard_library() -> None:
    assert (SOURCE / "tracereach" / "__init__.py").exists()
    assert not (SOURCE / "__init__.py").exists()
    assert Path(operator.__file__) == Path(sysconfig.get_path("stdlib")) / "operator.py"
    assert operator.add(1, 1) == 2


def test_kopf_is_used_in_one_file_only() -> None:
    assert set(importers_of("kopf")) == {"tracereach/cluster/policies.py"}


async def test_and_there_no_handler_touches_a_kind_that_is_not_ours() -> None:
    registry = kopf.OperatorRegistry()
    inbox = PolicyInbox(changed=lambda: None)
    policies.register(registry, RecordingApi(), inbox, asyncio.get_running_loop())
    handlers = [
        handler
        for handlers in (registry._watching, registry._changing, registry._spawning, registry._indexing)
        for handler in handlers.get_all_handlers()
    ]
    touched = {(handler.selector.group, handler.selector.any_name) for handler in handlers if handler.selector}
    assert touched == {(names.GROUP, plural) for plural in KINDS}
    assert all(handler.selector for handler in handlers), "a handler without a selector touches every kind"


def test_importing_the_package_registers_nothing_by_the_way() -> None:
    registry = kopf.get_default_registry()
    for handlers in (registry._watching, registry._changing, registry._spawning, registry._indexing):
        assert list(handlers.get_all_handlers()) == []
