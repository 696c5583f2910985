"""Names in `spec.containers.exclude` that keep no container out: of another workload, or with a letter too few.

One that some workload of the policy has is right, whatever the others have.
"""

from collections.abc import Iterable, Iterator

from tracereach.api.acceptance import Policy
from tracereach.cli.decisions import Decision
from tracereach.inject.containers import containers


def idle_exclusions(policies: Iterable[Policy], decisions: tuple[Decision, ...]) -> Iterator[str]:
    """One line for each policy that selects any workload and has such names."""
    for policy in policies:
        templates = [one.workload.template for one in decisions if one.policy == policy]
        known = {container["name"] for template in templates for container in containers(template)}
        idle = [name for name in policy.spec.containers.exclude if name not in known]
        if templates and idle:
            yield (
                f"{policy.reference}: spec.containers.exclude: {', '.join(idle)} has no effect here:"
                " no workload that it selects has such a container to inject"
            )
