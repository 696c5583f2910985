"""Runs cases on a cluster: several at once, each in a namespace of its own, with the chart installed once."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.matrix.case import Case
from tests.matrix.manifests import namespace_of, policy, workloads
from tests.matrix.scoring import Answer, miscounted, misprobed
from tests.shop.kubernetes import NOT_YET, CommandFailed, get, kubectl
from tests.shop.services import Services
from tests.shop.steps import SYSTEM
from tests.waiting import wait_for
from tracereach.api.coverage import CoverageReport, CoverageReports
from tracereach.api.probes import Halt
from tracereach.api.status import BreakStatus
from tracereach.coverage.edges import ENOUGH_CALLS
from tracereach.coverage.policy_facts import BreakKey
from tracereach.coverage.report import key_of

FOUND_WITHIN = 90
"""Seconds after the requests within which a break has to be named."""
_QUIET = 45
"""Seconds after which a decoy of which nothing was reported has passed: a lost call shows after 30."""
_BETWEEN_LOOKS = 1.0


def run(cases: Iterable[Case], services: Services) -> list[Answer]:
    """Deploy the cases, trace them, send their requests, and read what coverage says of each."""
    together = list(cases)
    apply(item for case in together for item in workloads(case))
    try:
        for case in together:
            _wait_until_deployed(case)
        apply(policy(case) for case in together)
        for case in together:
            wait_for(lambda case=case: _is_ready(case), timeout=400, excused=NOT_YET)  # type: ignore[misc]
            wait_for(lambda case=case: _is_settled(case), timeout=120, excused=NOT_YET)  # type: ignore[misc]
        with ThreadPoolExecutor(len(together)) as threads:
            return list(threads.map(lambda case: _answer(case, services), together))
    finally:
        for case in together:
            kubectl("delete", "--ignore-not-found", "--wait=false", "namespace", namespace_of(case))


def apply(objects: Iterable[dict[str, Any]]) -> None:
    """`kubectl apply`."""
    kubectl("apply", "--filename", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))


def _wait_until_deployed(case: Case) -> None:
    for service in case.services:
        if service.outside:
            kubectl("-n", namespace_of(case), "wait", "pod", service.name, "--for=condition=Ready", "--timeout", "300s")
        else:
            kubectl("-n", namespace_of(case), "rollout", "status", "deployment", service.name, "--timeout", "300s")


def _is_ready(case: Case) -> bool:
    body = get("tracingpolicies.tracereach.dev", "matrix", "--namespace", namespace_of(case))
    states = {condition["type"]: condition["status"] for condition in body["status"].get("conditions", ())}
    return states.get("Ready") == "True" and states.get("Progressing") == "False"


def _is_settled(case: Case) -> bool:
    """Whether spans are those of the present pods alone, and a reading of the gateway has passed since."""
    found = get("tracedworkloads.tracereach.dev", "--namespace", namespace_of(case))["items"]
    since = (item["status"].get("healthySince") for item in found)
    times = [datetime.fromisoformat(time) for time in since if time]
    return all(datetime.now(UTC) - time > timedelta(seconds=50) for time in times)


def _answer(case: Case, services: Services) -> Answer:
    """Send the requests, then look until what is reported is right, or time is up."""
    try:
        for number in range(case.requests):
            _request(case, services, first=number == 0)
    except (OSError, AssertionError) as error:
        return Answer(case, (), 0, problem=f"a request failed: {error}")
    began = time.monotonic()
    false: dict[BreakKey, BreakStatus] = {}
    while True:
        report = _report(case, services)
        seconds = time.monotonic() - began
        answer = _judged(case, report, seconds)
        if case.kind == "decoy":  # one that is taken back is a false one too
            false |= {key_of(one): one for one in answer.breaks}
            answer = replace(answer, breaks=tuple(false.values()))
        decided = bool(case.truth) or seconds >= _QUIET
        if (answer.is_right and decided) or seconds >= FOUND_WITHIN:
            answer = replace(answer, probed=misprobed(case, _halts(case)))
            return _mended(answer, services) if answer.is_right and case.mended else answer
        time.sleep(_BETWEEN_LOOKS)


def _request(case: Case, services: Services, *, first: bool) -> None:
    """One request to each entry. The first is tried again for a while: connections to old pods may still be kept."""
    for entry in case.entries:
        if first:
            wait_for(lambda entry=entry: _get(case, services, entry), timeout=60, excused=(OSError,))  # type: ignore[misc]
        else:
            _get(case, services, entry)


def _get(case: Case, services: Services, entry: str) -> str:
    return services.get(namespace_of(case), f"{entry}:8080", "/")


def _halts(case: Case) -> tuple[Halt, ...] | None:
    """Where a probe of the first entry halts; None where no span of it came."""
    url = f"http://{case.entries[0]}.{namespace_of(case)}/"
    command = (sys.executable, "-m", "tracereach", "probe", url, "--output", "json")
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if not result.stdout.startswith("{"):
        return None
    return tuple(map(Halt.model_validate, json.loads(result.stdout)["halts"]))


def _report(case: Case, services: Services) -> CoverageReport | None:
    content = services.get(SYSTEM, "tracereach-operator:8080", "/api/coverage")
    named = f"TracingPolicy/{namespace_of(case)}/matrix"
    reports = CoverageReports.model_validate_json(content)
    return next((report for report in reports.policies if report.policy == named), None)


def _judged(case: Case, report: CoverageReport | None, seconds: float) -> Answer:
    if report is None:
        return Answer(case, (), seconds, problem="no coverage is reported")
    unknown = {one.workload.rpartition("/")[2]: str(one.unknown) for one in report.services if one.unknown}
    most = max((edge.calls for edge in report.edges), default=0)
    enough = case.requests < ENOUGH_CALLS or most >= ENOUGH_CALLS or report.coverage.unknown
    problem = "" if enough else f"no more than {most} calls were seen"
    return Answer(
        case, report.breaks, seconds, unknown, problem or (case.counted and miscounted(case, report.edges)) or ""
    )


def _mended(answer: Answer, services: Services) -> Answer:
    """The answer, if the break closes within two windows of traffic once its cause is taken away."""
    case = answer.case
    for each in case.mended:
        service, _, variable = each.partition(":")
        kubectl("-n", namespace_of(case), "set", "env", f"deployment/{service}", f"{variable}-")
        kubectl("-n", namespace_of(case), "rollout", "status", "deployment", service, "--timeout", "120s")
    began, windows = time.monotonic(), 2 * policy(case)["spec"]["coverage"]["windowSeconds"]
    while time.monotonic() - began < windows:
        for _ in range(5):
            _request(case, services, first=True)
        report = _report(case, services)
        if report and not report.breaks and report.coverage.reach == "1":
            print(f"{case.name}: the break closed after {time.monotonic() - began:.0f} s, at most {windows}")
            return answer
    return replace(answer, problem=f"the break is still there after {windows} s")


def remove(case: Case) -> None:
    """Delete what a run that was interrupted has left."""
    try:
        kubectl("delete", "--ignore-not-found", "--timeout", "120s", "namespace", namespace_of(case))
    except CommandFailed as error:
        print(error)
