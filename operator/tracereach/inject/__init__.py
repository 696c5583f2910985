"""What goes into a pod template, and how it comes out again.

Pure functions over plain JSON data. A template changes only by addition, every addition is written down in the
template itself, and so `remove(inject(template).template) == template`.
"""

from tracereach.inject.injection import Change, Injection, Merge, PodTemplate, Result, Skipped
from tracereach.inject.pod_template import inject
from tracereach.inject.record import DamagedRecord, Record, read_record
from tracereach.inject.removal import remove

__all__ = [
    "Change",
    "DamagedRecord",
    "Injection",
    "Merge",
    "PodTemplate",
    "Record",
    "Result",
    "Skipped",
    "inject",
    "read_record",
    "remove",
]
