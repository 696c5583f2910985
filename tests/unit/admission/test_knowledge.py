"""What admission reads out of what it knows."""

from dataclasses import replace

from tests.unit.admission.shop import NEWEST, OLDER, ORDERS, UID, knowledge, memory
from tests.unit.controller.shop import MODERN, SHOP
from tracereach.api.reasons import State
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.controller.rendering import Surroundings


def _speaking(*languages: str) -> TracedWorkloadRecord:
    remembered = memory()
    assert remembered.status is not None
    return replace(remembered, status=remembered.status.model_copy(update={"languages": languages}))


def test_a_workload_is_rendered_as_the_controller_would_render_it() -> None:
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    found = knowledge(memories=[_speaking("python")], namespace_labels=restricted)
    remembered = found.memory(ORDERS, UID)
    assert found.surroundings(ORDERS, remembered) == Surroundings(MODERN, ("python",), privileged=False)
    assert knowledge().surroundings(ORDERS, None) == Surroundings(MODERN, (), privileged=True)


def test_what_is_remembered_of_a_namesake_that_is_gone_does_not_count() -> None:
    found = knowledge(memories=[memory(uid="of one before")])
    assert found.memory(ORDERS, UID) is None


def test_a_kept_revision_has_the_name_it_was_kept_by() -> None:
    """A release that knows more fields would compute another hash for the same settings."""
    found = knowledge(kept={"shop-1111-cafe": OLDER})
    kept = found.revision(SHOP, "1111-cafe")
    assert kept is not None
    assert (kept.name, kept.data()) == ("1111-cafe", OLDER.data())
    assert found.revision(SHOP, NEWEST.name) == NEWEST
    assert found.revision(SHOP, "2222-cafe") is None


def test_failures_are_counted_by_policy() -> None:
    memories = [memory(State.FAILED, name="ledger"), memory(State.FAILED, name="payments"), memory(name="storefront")]
    assert knowledge(memories=memories).failures(SHOP) == 2
    assert knowledge().failures(SHOP) == 0
