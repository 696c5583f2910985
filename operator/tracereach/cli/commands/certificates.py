"""`tracereach certificates`: keeps the webhook's certificate valid and trusted. The chart runs it every hour.

The order of its writes leaves no moment without trust: the API server trusts a new authority beside the old one before
any replica of the webhook can read the new certificate. Whatever a run that dies in between leaves behind, the next one
puts right.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from tracereach.admission.issuing import Certificates, beside, renewal, renewed, settled
from tracereach.cli import options
from tracereach.cli.cluster import run
from tracereach.cli.errors import Failed
from tracereach.cluster.certificates import Secret, read_secret, trust, write_secret
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Conflict, NotFound
from tracereach.cluster.kubeconfig import Kubeconfig

_AUTHORITIES, _CERTIFICATE, _KEY = "ca.crt", "tls.crt", "tls.key"
"""The keys of the Secret; cert-manager uses the same."""

_TRIES = 5


@dataclass(frozen=True)
class _Place:
    """Whose certificate it is, and where it is kept."""

    namespace: str
    secret: str
    service: str
    configuration: str
    lifetime: timedelta

    @property
    def host(self) -> str:
        """The name by which the API server calls a Service."""
        return f"{self.service}.{self.namespace}.svc"


@click.command
@click.option("--namespace", required=True, metavar="NAME", help="Of the Secret and the Service.")
@click.option("--secret", required=True, metavar="NAME", help="Holds certificate and key; it has to exist, if empty.")
@click.option("--service", required=True, metavar="NAME", help="The Service that the API server calls.")
@click.option("--configuration", required=True, metavar="NAME", help="The MutatingWebhookConfiguration.")
@click.option("--validity-days", type=click.IntRange(1, 3650), default=90, show_default=True, metavar="DAYS")
@options.kubeconfig
def command(
    *, namespace: str, secret: str, service: str, configuration: str, validity_days: int, kubeconfig: Kubeconfig
) -> None:
    """Renew the webhook's certificate once less than a third of its time is left, and let the API server trust it.

    Writes nothing where all is well. The Helm chart runs this every hour, unless cert-manager issues the certificate.
    """
    run(_keep(kubeconfig, _Place(namespace, secret, service, configuration, timedelta(days=validity_days))))


async def _keep(kubeconfig: Kubeconfig, place: _Place) -> None:
    async with ApiServer.connect(kubeconfig) as api:
        for _ in range(_TRIES):
            try:
                return await _look(api, place, datetime.now(UTC))
            except Conflict:
                continue  # another run has been at it, or the chart is being upgraded: see what is there now
            except NotFound as error:
                raise Failed(f"{error}. The chart makes it: run helm upgrade, or apply the manifest again.") from error
        raise Failed(f"{_TRIES} times somebody else wrote at the same time. The next run tries again.")


async def _look(api: ApiServer, place: _Place, now: datetime) -> None:
    secret = await read_secret(api, namespace=place.namespace, name=place.secret)
    stored = _stored(secret)
    reason = renewal(stored, host=place.host, now=now)
    wanted = renewed(stored, host=place.host, lifetime=place.lifetime, now=now) if reason else settled(stored, now=now)
    service = f"{place.namespace}/{place.service}"

    def authorities(present: bytes) -> bytes:
        return beside(wanted.authorities, present, now=now) if reason else wanted.authorities

    if await trust(api, configuration=place.configuration, service=service, authorities=authorities):
        click.echo(f"{place.configuration}: the API server now trusts the webhook's authority")
    if wanted != stored:
        await write_secret(api, secret, _data(wanted))
    click.echo(f"{place.host}: certificate renewed, because {reason}" if reason else f"{place.host}: certificate valid")


def _stored(secret: Secret) -> Certificates:
    data = secret.data
    return Certificates(data.get(_AUTHORITIES, b""), data.get(_CERTIFICATE, b""), data.get(_KEY, b""))


def _data(certificates: Certificates) -> dict[str, bytes]:
    return {_AUTHORITIES: certificates.authorities, _CERTIFICATE: certificates.certificate, _KEY: certificates.key}
