"""What becomes of an injection whose user sets a variable of its own over one that was added.

Where no webhook sees the release, the variable is the user's and all else stays as it was: a mount of an agent that
nothing loads, or a protocol beside an endpoint that does not speak it. The controller asks here whether it is so.
"""

from tracereach.inject.fingerprints import fingerprint
from tracereach.inject.injection import PodTemplate
from tracereach.inject.pointers import locate
from tracereach.inject.record import Record, read_record


def is_overridden(template: PodTemplate, record: Record) -> bool:
    """Whether a variable in `record` has another value by now."""
    return any("/env/" in path and _value(template, path) not in {None, known} for path, known in record.added.items())


def has_leftovers(template: PodTemplate, renewed: PodTemplate) -> bool:
    """Whether anything of ours in `template` is none of `renewed`, the same injection made anew.

    Of a variable that is the user's by now only the record still speaks, and that alone is not worth new pods.
    Raises `DamagedRecord`.
    """
    record, new = read_record(template), read_record(renewed)
    if record is None:
        return False
    gone = record.added.keys() - (new.added.keys() if new else ())
    return any(_is_ours(template, path, record.added[path]) for path in gone)


def _is_ours(template: PodTemplate, path: str, known: str) -> bool:
    present = _value(template, path)
    return present is not None and known in {"", present}


def _value(template: PodTemplate, path: str) -> str | None:
    """The hash of what is at `path`; None where there is nothing."""
    place = locate(template, path)
    return fingerprint(place[0][place[1]]) if place else None
