"""Neither an upgrade by Helm nor an apply by kubectl takes out what was issued in the cluster."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.chart.webhook_release import CHART, NOWHERE, WebhookRelease, cluster_wide_objects_removed
from tests.integration.namespace import Namespace, as_list
from tests.shop.kubernetes import run
from tracereach.admission.issuing import Certificates, renewed


@pytest.fixture
def release(namespace: Namespace) -> Iterator[WebhookRelease]:
    with cluster_wide_objects_removed(namespace.name):
        yield WebhookRelease(namespace)


def store(release: WebhookRelease) -> Certificates:
    issued = renewed(Certificates(), host=release.host, lifetime=timedelta(days=90), now=datetime.now(UTC))
    release.store(issued)
    return issued


def assert_kept(release: WebhookRelease, issued: Certificates) -> None:
    assert {each["timeoutSeconds"] for each in release.webhooks()} == {5}, "the upgrade has to change every webhook"
    assert release.certificates() == issued
    assert release.bundles() == {issued.authorities}


def small_chart(folder: Path) -> Path:
    """The chart with the templates of the certificates alone: the rest would be a second operator in the cluster."""
    kept = ("_helpers.tpl", "webhook/_webhook.tpl", "webhook/configuration.yaml", "webhook/certificates.yaml")
    for file in ("Chart.yaml", "values.yaml", "values.schema.json", *(f"templates/{name}" for name in kept)):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHART / file, folder / file)
    return folder


@pytest.mark.parametrize("helm", ["helm", "helm4"])
def test_helm(release: WebhookRelease, tmp_path: Path, helm: str) -> None:
    chart = small_chart(tmp_path)
    command = (helm, "upgrade", "--install", release.name, str(chart), f"--namespace={release.name}", NOWHERE)
    run(*command)
    issued = store(release)
    release.namespace.kubectl("delete", "jobs", "--all")  # as the cluster does when they are done
    template = chart / "templates/webhook/_webhook.tpl"
    template.write_text(template.read_text().replace("timeoutSeconds: 3", "timeoutSeconds: 5"))
    run(*command, "--set=commonLabels.team=platform,webhook.certificates.validityDays=30")
    assert_kept(release, issued)
    run(helm, "rollback", release.name, f"--namespace={release.name}")
    assert release.certificates() == issued
    assert release.bundles() == {issued.authorities}


@pytest.mark.parametrize("options", [(), ("--server-side",)], ids=["client side", "server side"])
def test_kubectl_apply(release: WebhookRelease, options: tuple[str, ...]) -> None:
    objects = release.objects()
    apply = ("apply", *options, "--filename=-")
    release.namespace.kubectl(*apply, stdin=as_list(*objects))
    issued = store(release)
    text = json.dumps(objects).replace('"timeoutSeconds": 3', '"timeoutSeconds": 5')
    release.namespace.kubectl(*apply, stdin=as_list(*json.loads(text)))
    assert_kept(release, issued)
