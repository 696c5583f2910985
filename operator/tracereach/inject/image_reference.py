"""The parts of an image's reference."""

from dataclasses import dataclass
from functools import lru_cache

from tracereach.inject.containers import Container


@dataclass(frozen=True)
class ImageReference:
    """A reference such as `registry.example:5000/library/node:20-alpine@sha256:…`."""

    repository: str
    """With its registry, if one is named."""
    tag: str = ""

    @property
    def name(self) -> str:
        """The last part of the repository."""
        return self.repository.rsplit("/", 1)[-1]


def image_of(container: Container) -> ImageReference:
    """The reference of a container's image; empty where there is none."""
    return parse(str(container.get("image") or ""))


@lru_cache(maxsize=4096)
def parse(reference: str) -> ImageReference:
    """Take a reference apart. A digest says nothing about what is inside, so it is dropped."""
    before_digest = reference.split("@", 1)[0]
    folder, slash, last = before_digest.rpartition("/")
    name, _, tag = last.partition(":")
    return ImageReference(f"{folder}{slash}{name}", tag)
