"""When certificates are renewed, and that whoever trusts what is stored can talk to a webhook at every moment of it."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tracereach.admission.issuing import Certificates, beside, renewal, renewed, settled

HOST = "tracereach-webhook.tracereach-system.svc"
LIFETIME = timedelta(days=90)
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SETTLED = timedelta(hours=1)


def issue(now: datetime = START, *, before: Certificates | None = None, host: str = HOST) -> Certificates:
    return renewed(before or Certificates(), host=host, lifetime=LIFETIME, now=now)


def count(authorities: bytes) -> int:
    return len(x509.load_pem_x509_certificates(authorities))


def shake_hands(folder: Path, *, served: Certificates, trusted: bytes, host: str = HOST) -> None:
    """A TLS handshake in memory, by OpenSSL. Raises `SSLError` where the client does not trust the server."""
    (folder / "tls.crt").write_bytes(served.certificate)
    (folder / "tls.key").write_bytes(served.key)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    client_side = ssl.create_default_context(cadata=trusted.decode())
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=host)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    while waiting:
        for side in tuple(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)


def test_an_empty_secret_is_filled_and_then_left_alone() -> None:
    assert renewal(Certificates(), host=HOST, now=START) == "there is no certificate yet"
    assert renewal(issue(), host=HOST, now=START) is None


def test_a_certificate_is_renewed_when_less_than_a_third_of_its_time_is_left() -> None:
    stored = issue()
    assert renewal(stored, host=HOST, now=START + timedelta(days=59)) is None
    reason = renewal(stored, host=HOST, now=START + timedelta(days=61))
    assert reason is not None
    assert "not valid for another third" in reason


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        pytest.param(replace(issue(), key=issue().key), "the key is of another certificate", id="other key"),
        pytest.param(replace(issue(), authorities=issue().authorities), "not valid now", id="other authority"),
        pytest.param(replace(issue(), authorities=b""), "cannot be read", id="no authority"),
        pytest.param(replace(issue(), key=b""), "cannot be read", id="no key"),
        pytest.param(replace(issue(), certificate=b"\xff"), "cannot be read", id="damaged certificate"),
        pytest.param(issue(host="other.tracereach-system.svc"), "not valid now", id="other name"),
        pytest.param(issue(START + LIFETIME), "not valid now", id="a clock that was ahead"),
        pytest.param(issue(START - 2 * LIFETIME), "not valid now", id="expired"),
    ],
)
def test_what_does_not_work_is_renewed(stored: Certificates, reason: str) -> None:
    found = renewal(stored, host=HOST, now=START)
    assert found is not None
    assert reason in found
    assert renewal(issue(before=stored), host=HOST, now=START) is None


def test_old_and_new_certificate_are_trusted_until_all_have_the_new_one(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old = issue(now)
    new = issue(now, before=old)
    for served in (old, new):
        shake_hands(tmp_path, served=served, trusted=new.authorities)
    assert settled(new, now=now + timedelta(minutes=2)) == new
    later = settled(new, now=now + SETTLED)
    shake_hands(tmp_path, served=new, trusted=later.authorities)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path, served=old, trusted=later.authorities)
    assert renewal(later, host=HOST, now=now) is None
    assert settled(later, now=now + SETTLED) == later


def test_a_certificate_is_for_its_own_name_alone(tmp_path: Path) -> None:
    stored = issue(datetime.now(UTC))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(tmp_path, served=stored, trusted=stored.authorities, host="tracereach-operator")


def test_a_name_longer_than_a_subject_can_hold_is_no_trouble(tmp_path: Path) -> None:
    host = f"{'w' * 63}.{'n' * 63}.svc"
    stored = issue(datetime.now(UTC), host=host)
    shake_hands(tmp_path, served=stored, trusted=stored.authorities, host=host)


def test_expired_authorities_are_dropped_and_not_more_than_one_is_kept() -> None:
    old = issue()
    assert count(issue(START + LIFETIME + SETTLED, before=old).authorities) == 1
    for _ in range(3):
        old = issue(before=old)
    assert count(old.authorities) == 2


def test_looking_after_it_for_a_year_takes_few_renewals_and_leaves_nothing_behind() -> None:
    stored, renewals, trusted = Certificates(), 0, set()
    for hour in range(0, 365 * 24, 6):
        now = START + timedelta(hours=hour)
        if renewal(stored, host=HOST, now=now):
            stored, renewals = issue(now, before=stored), renewals + 1
        else:
            stored = settled(stored, now=now)
        trusted.add(count(stored.authorities))
    assert renewals == 7  # every 60 days
    assert trusted == {1, 2}


def test_of_two_first_runs_each_trusts_the_other() -> None:
    first, second = issue(), issue()
    both = beside(second.authorities, first.authorities, now=START)
    for one in (first, second):
        assert renewal(replace(one, authorities=both), host=HOST, now=START) is None
    assert beside(second.authorities, both, now=START) == both


@pytest.mark.parametrize("present", [b"", b"\n", b"no certificate", issue(START - 2 * LIFETIME).authorities])
def test_what_is_of_no_use_is_not_trusted_besides(present: bytes) -> None:
    own = issue()
    assert beside(own.authorities, present, now=START) == own.authorities


def test_runs_that_fail_again_and_again_pile_nothing_up() -> None:
    trusted = b""
    for _ in range(9):
        trusted = beside(issue().authorities, trusted, now=START)
    assert count(trusted) == 5
