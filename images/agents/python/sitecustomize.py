"""Starts the agent in every Python process of the container, behind the application's own packages.

Python imports this module by its name, because its directory is on PYTHONPATH. It stands in the place of the
distribution's module of the same name. PYTHONPATH comes before site-packages, so the agent's copies of requests, wrapt
or protobuf would replace the versions that the application was tested with; the agent's directory therefore moves to
the end of the path before anything is imported from it.
"""

import os.path
import sys

agent = os.path.abspath(os.path.join(__file__, "../../../.."))
sys.path[:] = [entry for entry in sys.path if entry != agent] + [agent]

from opentelemetry.instrumentation.auto_instrumentation import initialize  # noqa: E402  (after the path is in order)

initialize()
