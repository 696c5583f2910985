"""`tracereach certificates` against a real API server, with the rights that the chart gives its Job and no others."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.chart.webhook_release import WebhookRelease, cluster_wide_objects_removed
from tests.integration.namespace import Namespace
from tests.shop.kubernetes import CommandFailed, kubectl, run
from tracereach.admission.issuing import Certificates, renewal, renewed

SOMEBODY_ELSES = {
    "name": "other.example.com",
    "clientConfig": {"service": {"name": "other", "namespace": "default", "port": 443}, "caBundle": "b3RoZXI="},
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "failurePolicy": "Ignore",
}


@dataclass(frozen=True)
class Job:
    """The Job's program as a process, with the Job's account."""

    command: tuple[str, ...]
    kubeconfig: Path

    def run(self) -> str:
        return run(*self.command)

    def may(self, *arguments: str) -> bool:
        """Whether the API server lets the account do something. Any other failure is raised."""
        try:
            kubectl(f"--kubeconfig={self.kubeconfig}", *arguments)
        except CommandFailed as error:
            if "forbidden" in str(error):
                return False
            raise
        return True


@pytest.fixture
def release(namespace: Namespace) -> Iterator[WebhookRelease]:
    """Without the Jobs: this file says when they run."""
    release = WebhookRelease(namespace)
    with cluster_wide_objects_removed(release.name):
        namespace.apply(*(each for each in release.objects() if each["kind"] not in {"Job", "CronJob"}))
        yield release


@pytest.fixture
def job(release: WebhookRelease, tmp_path: Path) -> Job:
    config = json.loads(kubectl("config", "view", "--minify", "--raw", "--output=json"))
    [user] = config["users"]
    user["user"] = {"token": release.namespace.kubectl("create", "token", release.account).strip()}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    [made] = [each for each in release.objects() if each["kind"] == "Job"]
    [container] = made["spec"]["template"]["spec"]["containers"]
    command = (sys.executable, "-m", "tracereach", *container["args"], f"--kubeconfig={kubeconfig}")
    return Job(command, kubeconfig)


def ageing(host: str) -> Certificates:
    """Certificates that work, with a sixth of their time left."""
    lifetime = timedelta(days=60)
    return renewed(Certificates(), host=host, lifetime=lifetime, now=datetime.now(UTC) - lifetime * 5 / 6)


def is_trusted(served: Certificates, release: WebhookRelease) -> bool:
    """Whether the API server would accept a webhook that serves these certificates now."""
    [bundle] = release.bundles()
    reason = renewal(replace(served, authorities=bundle), host=release.host, now=datetime.now(UTC))
    return reason is None or "for another third" in reason


def test_the_first_run_issues_and_the_next_writes_nothing(release: WebhookRelease, job: Job) -> None:
    job.run()
    stored = release.certificates()
    assert renewal(stored, host=release.host, now=datetime.now(UTC)) is None
    assert release.bundles() == {stored.authorities}
    versions = release.versions()
    job.run()
    assert release.versions() == versions


@pytest.mark.parametrize("wrong", ["the authority of somebody else", "nobody"])
def test_whom_the_api_server_must_not_trust_is_taken_out(release: WebhookRelease, job: Job, wrong: str) -> None:
    job.run()
    stored = release.certificates()
    release.trust(ageing(release.host).authorities if wrong != "nobody" else b"")
    job.run()
    assert release.bundles() == {stored.authorities}
    assert release.certificates() == stored


def test_the_webhooks_of_others_in_the_same_object_are_left_alone(release: WebhookRelease, job: Job) -> None:
    release.patch_configuration({"op": "add", "path": "/webhooks/0", "value": SOMEBODY_ELSES})
    job.run()
    other, *ours = release.webhooks()
    assert other["clientConfig"] == SOMEBODY_ELSES["clientConfig"]
    assert all(each["clientConfig"]["caBundle"] for each in ours)


def test_a_webhook_is_trusted_at_every_step_of_a_renewal(release: WebhookRelease, job: Job) -> None:
    old = ageing(release.host)
    release.store(old)
    reading = '[{"op": "replace", "path": "/rules/0/verbs", "value": ["get"]}]'
    writing = reading.replace('"get"', '"get", "patch"')
    release.namespace.kubectl("patch", "role", release.account, "--type=json", f"--patch={reading}")
    with pytest.raises(CommandFailed, match="secrets"):
        job.run()
    assert release.certificates() == old
    assert is_trusted(old, release)
    release.namespace.kubectl("patch", "role", release.account, "--type=json", f"--patch={writing}")
    assert "certificate renewed" in job.run()
    new = release.certificates()
    assert new.certificate != old.certificate
    assert is_trusted(old, release)
    assert is_trusted(new, release)


def test_runs_at_the_same_time_agree(release: WebhookRelease, job: Job) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: job.run(), range(3)))
    stored = release.certificates()
    assert is_trusted(stored, release)
    assert release.bundles() == {stored.authorities}


def test_the_account_reaches_its_own_secret_and_configuration_alone(release: WebhookRelease, job: Job) -> None:
    here = f"--namespace={release.name}"
    release.namespace.kubectl("create", "secret", "generic", "other", "--from-literal=password=x")
    assert job.may(here, "get", "secret", release.secret)
    assert not job.may(here, "get", "secret", "other")
    assert not job.may(here, "get", "secrets")
    assert not job.may(here, "create", "secret", "generic", "new")
    assert not job.may(here, "delete", "secret", release.secret)
    assert not job.may("get", "mutatingwebhookconfigurations")
    assert not job.may("delete", "mutatingwebhookconfiguration", release.configuration)


def test_a_missing_secret_is_an_error_that_says_what_to_do(release: WebhookRelease, job: Job) -> None:
    release.namespace.kubectl("delete", "secret", release.secret)
    with pytest.raises(CommandFailed, match="run helm upgrade, or apply the manifest again"):
        job.run()
