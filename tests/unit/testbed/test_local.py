import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.testbed.local import cgroups, daemons, keys, node_images, teardown
from tests.testbed.local.layout import RunDirectory
from tests.testbed.progress import TestbedError


@pytest.fixture(autouse=True)
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREACH_CACHE", str(tmp_path))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    directory = RunDirectory(tmp_path_factory.mktemp("run"))
    directory.create()
    keys.create(directory)
    return directory


def certificate(directory: RunDirectory, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory.keys / f"{name}.crt").read_bytes())


@pytest.mark.parametrize("name", ["apiserver", *keys.USERS])
def test_certificates_are_signed_by_the_authority(directory: RunDirectory, name: str) -> None:
    certificate(directory, name).verify_directly_issued_by(certificate(directory, "ca"))


def test_api_server_is_known_by_every_address_it_is_called_by(directory: RunDirectory) -> None:
    names = certificate(directory, "apiserver").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "10.77.0.1", "10.96.0.1"}
    assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)


def test_kubelet_is_a_node_to_the_api_server(directory: RunDirectory) -> None:
    subject = certificate(directory, "kubelet").subject.rfc4514_string()
    assert subject == "O=system:nodes,CN=system:node:node-1"


def test_kubeconfig_stands_alone_and_is_private(directory: RunDirectory) -> None:
    document = yaml.safe_load(directory.kubeconfig.read_text())
    user = document["users"][0]["user"]
    key = base64.b64decode(user["client-key-data"])
    assert key == (directory.keys / "admin.key").read_bytes()
    assert document["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"
    assert directory.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert isinstance(certificate(directory, "admin").public_key(), ec.EllipticCurvePublicKey)


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("9:pids:/tracereach", True),
        ("9:pids:/tracereach/kubepods/burstable/pod1/c1", True),
        ("0::/tracereach/daemons", True),
        ("9:pids:/tracereach-other", False),
        ("1:name=systemd:/user.slice/a:b", False),
    ],
)
def test_processes_are_known_by_their_control_group(line: str, ours: bool) -> None:  # noqa: FBT001
    assert cgroups.is_ours(line) is ours


def test_mounts_are_unmounted_from_the_deepest_up() -> None:
    table = "\n".join(
        f"{number} 1 8:1 / {point} rw - ext4 /dev/x rw"
        for number, point in enumerate(["/", "/run", "/run/a", "/run/a/b", r"/run/a/with\040space", "/run/ab"])
    )
    found = teardown.mounts_below(Path("/run/a"), table)
    assert found == [Path("/run/a/with space"), Path("/run/a/b"), Path("/run/a")]


def test_daemon_that_exits_is_told_at_once_with_the_end_of_its_log(directory: RunDirectory) -> None:
    (directory.logs / "etcd.log").write_text("starting\nno space left\n")
    with pytest.raises(TestbedError, match=r"(?s)etcd has exited\nend of .*/etcd.log:\nstarting\nno space left"):
        daemons.wait_ready("etcd", directory, lambda: False, what="etcd ready")


def archive(path: Path, index: object) -> Path:
    content = json.dumps(index).encode()
    with tarfile.open(path, "w") as file:
        entry = tarfile.TarInfo("index.json")
        entry.size = len(content)
        file.addfile(entry, io.BytesIO(content))
    return path


def test_archive_tells_name_and_digest(tmp_path: Path) -> None:
    manifest = {"digest": "sha256:1", "annotations": {"org.opencontainers.image.ref.name": "localhost/a:dev"}}
    image = node_images.describe(archive(tmp_path / "a.tar", {"manifests": [manifest]}))
    assert (image.reference, image.digest) == ("localhost/a:dev", "sha256:1")


@pytest.mark.parametrize("manifests", [[], [{"digest": "sha256:1"}]])
def test_archive_without_exactly_one_named_image_is_refused(tmp_path: Path, manifests: list[object]) -> None:
    with pytest.raises(TestbedError, match="must hold exactly one image"):
        node_images.describe(archive(tmp_path / "a.tar", {"manifests": manifests}))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("no archive")
    with pytest.raises(TestbedError, match="is not an OCI archive"):
        node_images.describe(tmp_path / "a.tar")
