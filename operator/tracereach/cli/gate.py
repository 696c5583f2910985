"""Whether coverage is good enough for a pipeline to go on. Pure; the command waits, prints and exits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from tracereach.api.coverage import CoverageReport
from tracereach.cli.service_page import told

Outcome = Literal["passed", "failed", "unknown"]


@dataclass(frozen=True)
class Checked:
    """One policy, and why it is as it is."""

    report: CoverageReport
    outcome: Outcome
    why: str


def check(report: CoverageReport, minimum: float, most_breaks: int | None = None) -> Checked:
    """Whether the policy's reach is at least `minimum`, with at most `most_breaks` breaks where that is given."""
    reach, found = report.coverage.reach, report.coverage.breaks
    if reach is None:
        return Checked(report, "unknown", report.coverage.message or "reach is not known yet")
    if float(reach) < minimum:
        return Checked(report, "failed", f"reach is {reach}, and has to be at least {minimum:g}")
    if most_breaks is not None and (found or 0) > most_breaks:
        return Checked(report, "failed", f"there are {found} breaks, and may be at most {most_breaks}")
    return Checked(report, "passed", f"reach is {reach}")


def junit(checked: Iterable[Checked]) -> bytes:
    """The outcomes as JUnit XML: a test case for each policy, and one for each of its breaks.

    Those that another policy tells of are failures of that one alone; here they explain a reach that is too low.
    """
    suites = ElementTree.Element("testsuites", name="tracereach check")
    for one in checked:
        breaks = one.report.breaks
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=one.report.policy,
            tests=str(1 + len(breaks)),
            failures=str((one.outcome == "failed") + len(breaks)),
            skipped=str(int(one.outcome == "unknown")),
        )
        case = ElementTree.SubElement(suite, "testcase", classname=one.report.policy, name="reach")
        if one.outcome != "passed":
            kind = "failure" if one.outcome == "failed" else "skipped"
            missed = ElementTree.SubElement(case, kind, message=one.why)
            missed.text = "\n".join(line for found in one.report.elsewhere for line in told(found)) or None
        for found in breaks:
            hop = f"{found.caller} -> {found.callee}"
            case = ElementTree.SubElement(suite, "testcase", classname=one.report.policy, name=hop)
            failure = ElementTree.SubElement(case, "failure", type=str(found.cause), message=found.message)
            failure.text = "\n".join(told(found))
    ElementTree.indent(suites)
    document: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document
