"""Which images exist and what each is made of. Read by `images`."""

from dataclasses import dataclass
from pathlib import Path

from tests.testbed import paths

_TESTBED = "tests/testbed/images"
_HOPS = "tests/matrix/services"


@dataclass(frozen=True)
class Image:
    """One image. Paths are relative to the repository.

    `folder` holds the Dockerfile and perhaps a `build.sh`, which makes `build/` beside it on the host beforehand.
    """

    name: str
    folder: str
    base: str | None = None  # name of the image given as build argument BASE where public images cannot be pulled
    context: str | None = None  # what the Dockerfile copies from; its own folder unless said otherwise
    inputs: tuple[str, ...] = ()  # further files and folders that decide what comes out
    programs: tuple[str, ...] = ()  # from the testbed's binaries, needed by build.sh
    local_only: bool = False  # serves the cluster without Docker and has no use on kind

    @property
    def reference(self) -> str:
        return f"localhost/tracereach/{self.name}:dev"

    @property
    def dockerfile(self) -> Path:
        return paths.REPOSITORY / self.folder / "Dockerfile"

    @property
    def context_folder(self) -> Path:
        return paths.REPOSITORY / (self.context or self.folder)


_IMAGES = [
    Image("base-debian", f"{_TESTBED}/base-debian", local_only=True),
    Image("base-busybox", f"{_TESTBED}/base-busybox", local_only=True),
    Image("pause", f"{_TESTBED}/pause", local_only=True),
    Image("coredns", f"{_TESTBED}/coredns", programs=("coredns",), local_only=True),
    Image(
        "operator",
        "images/operator",
        base="base-debian",
        context=".",
        inputs=("operator", "pyproject.toml", "requirements.lock", "README.md"),
    ),
    Image("collector", "images/collector", programs=("ocb",)),
    Image("gateway", "images/gateway", programs=("ocb",)),
    Image("agent-java", "images/agents/java", base="base-busybox"),
    Image("agent-nodejs", "images/agents/nodejs", base="base-busybox"),
    Image("agent-python", "images/agents/python", base="base-busybox"),
    Image("agent-broken", f"{_TESTBED}/agent-broken", base="base-busybox"),
    Image("hop-python", f"{_HOPS}/python", base="base-debian", inputs=("images/demo/orders/requirements.txt",)),
    Image("hop-nodejs", f"{_HOPS}/nodejs", base="base-debian"),
    Image("hop-java", f"{_HOPS}/java", base="base-debian"),
    Image("hop-go", f"{_HOPS}/go"),
    Image("demo-storefront", "images/demo/storefront", base="base-debian"),
    Image("demo-orders", "images/demo/orders", base="base-debian"),
    Image("demo-payments", "images/demo/payments", base="base-debian"),
    Image("demo-ledger", "images/demo/ledger"),
    Image("demo-load", "images/demo/load", base="base-debian"),
]

ALL = {image.name: image for image in _IMAGES}
CLUSTER = ("pause", "coredns")
PROJECT = tuple(image.name for image in _IMAGES if not image.local_only)
