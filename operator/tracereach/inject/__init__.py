"""What goes into a pod template, and how it comes out again.

Pure functions over plain JSON data. A template changes only by addition, every addition is written down in the
template itself, and so `remove(inject(template).template) == template`.
"""

from tracereach.inject.injection import Change, Injected, Injection, Left, Merge, PodTemplate, Result, Skipped
from tracereach.inject.known_servers import is_store
from tracereach.inject.merging import merge
from tracereach.inject.overriding import has_leftovers, is_overridden
from tracereach.inject.pod_template import inject
from tracereach.inject.record import DamagedRecord, Record, read_record
from tracereach.inject.removal import remove
from tracereach.inject.tracing import tracing
from tracereach.inject.unrecorded import unrecorded

__all__ = [
    "Change",
    "DamagedRecord",
    "Injected",
    "Injection",
    "Left",
    "Merge",
    "PodTemplate",
    "Record",
    "Result",
    "Skipped",
    "has_leftovers",
    "inject",
    "is_overridden",
    "is_store",
    "merge",
    "read_record",
    "remove",
    "tracing",
    "unrecorded",
]
