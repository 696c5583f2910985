"""What the ledger of a run makes of an audit log and of what a watch has shown."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.waves.ledger import Entry, State, ledger
from tracereach.api import names

_CONTROLLER = "deployment-controller"


def write(name: str, arrived_at: float, answered_at: float, *, by: str = names.FIELD_MANAGER) -> str:
    """A line of the audit log."""
    times = [datetime.fromtimestamp(at, UTC).isoformat() for at in (arrived_at, answered_at)]
    ours = by == names.FIELD_MANAGER
    return json.dumps(
        {
            "verb": "patch" if ours else "update",
            "requestURI": f"/apis/apps/v1/namespaces/shop/deployments/{name}",
            "userAgent": by,
            "objectRef": {"namespace": "shop", "name": name} | ({} if ours else {"subresource": "status"}),
            "responseStatus": {"code": 200},
            "requestReceivedTimestamp": times[0],
            "stageTimestamp": times[1],
        }
    )


def audit(directory: Path, *lines: str) -> Path:
    file = directory / "audit.log"
    file.write_text("\n".join(lines))
    return file


def test_things_have_happened_when_their_write_was_answered(tmp_path: Path) -> None:
    log = audit(
        tmp_path,
        write("cart", 10, 10.5),
        write("cart", 12, 12.1, by=_CONTROLLER),
        write("cart", 14, 14.1, by=_CONTROLLER),
    )
    states = [
        State(10.6, "shop/cart", injected=True, complete=False),
        State(12.2, "shop/cart", injected=True, complete=False),
        State(14.2, "shop/cart", injected=True, complete=True),
    ]
    assert ledger(log, states, 0) == [Entry(10.5, "shop/cart", "injected"), Entry(14.1, "shop/cart", "complete")]


def test_a_write_that_the_watch_shows_before_its_answer_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    log = audit(
        tmp_path, write("cart", 1, 1.1), write("cart", 2, 2.1, by=_CONTROLLER), write("cart", 9, 9.5, by=_CONTROLLER)
    )
    states = [
        State(1.2, "shop/cart", injected=True, complete=False),
        State(9.2, "shop/cart", injected=True, complete=True),
    ]
    assert ledger(log, states, 0) == [Entry(1.1, "shop/cart", "injected"), Entry(9.2, "shop/cart", "complete")]


def test_what_was_written_before_the_run_is_not_counted(tmp_path: Path) -> None:
    states = [State(5, "shop/cart", injected=True, complete=False)]
    assert ledger(audit(tmp_path, write("cart", 1, 1.1)), states, 3) == [Entry(5, "shop/cart", "injected")]
