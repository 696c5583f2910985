"""Whose a break is: one between the workloads of two policies is told by one of them; the other only points there."""

from tracereach.coverage.breaks import Break
from tracereach.coverage.scene import Scene


def owner(one: Break, scene: Scene) -> str:
    """The policy that tells of a break: that of the workload where the change has to be made, else the caller's, else
    the callee's. One that no span has come from tells nothing, so the next one does. Empty where none of them can.
    """
    policies = (scene.service(end).policy for end in (one.diagnosis.at, one.caller, one.callee))
    return next((policy for policy in policies if policy in scene.policies_with_spans), "")
