"""Lists what the agent's packages need of each other, so that it can tell at start what suits it. Called by build.sh.

    python write_needs.py DIRECTORY

writes DIRECTORY/needs.txt with one line for each need: the dependent package, the package, and the versions that do.
"""

import importlib.metadata
import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement


def needs(directory: Path) -> set[str]:
    """The lines, for the packages installed in `directory`.

    Not what they need of the API: its releases are compatible, and the agent uses the newer of its own and theirs.
    """
    lines = set()
    for package in importlib.metadata.distributions(path=[str(directory)]):
        for requirement in map(Requirement, package.requires or []):
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and requirement.specifier and requirement.name != "opentelemetry-api":
                lines.add(f"{package.name} {requirement.name} {requirement.specifier}")
    return lines


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "needs.txt").write_text("".join(f"{line}\n" for line in sorted(needs(target))), encoding="utf-8")
