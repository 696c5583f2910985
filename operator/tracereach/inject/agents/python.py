"""Python: a `sitecustomize` on `PYTHONPATH`, which the interpreter imports before the application."""

from tracereach.inject.agents.agent import Agent

_MOUNT = "/otel-auto-instrumentation-python"
_SITECUSTOMIZE = f"{_MOUNT}/opentelemetry/instrumentation/auto_instrumentation"

AGENT = Agent(
    name="python",
    loader="PYTHONPATH",
    value=f"{_SITECUSTOMIZE}:{_MOUNT}",
    # The user's own entries stand before the agent's packages, so that theirs are found first.
    extend=lambda value: f"{_SITECUSTOMIZE}:{value}:{_MOUNT}",
    mount_path=_MOUNT,
    sub_path="autoinstrumentation",
    copied="/autoinstrumentation/.",
    size_limit="128Mi",
    # Its gRPC exporter is a compiled library for each Python and C library, and would be the application's too.
    protocols=frozenset({"http/protobuf"}),
    commands=frozenset(
        {"python", "python3", "gunicorn", "uvicorn", "flask", "django-admin", "celery", "waitress-serve", "hypercorn"}
    ),
    variables=frozenset({"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}),
    images=frozenset({"python"}),
)
