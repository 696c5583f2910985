"""Python: a `sitecustomize` on `PYTHONPATH`, which the interpreter imports before the application."""

from tracereach.inject.agents.agent import Agent, Loader, words

_MOUNT = "/otel-auto-instrumentation-python"
_SITECUSTOMIZE = f"{_MOUNT}/opentelemetry/instrumentation/auto_instrumentation"

AGENT = Agent(
    name="python",
    loaders=(
        Loader(
            name="PYTHONPATH",
            value=f"{_SITECUSTOMIZE}:{_MOUNT}",
            # The user's own entries stand before the agent's packages, so that theirs are found first.
            before=f"{_SITECUSTOMIZE}:",
            after=f":{_MOUNT}",
            harmless_unset=True,
        ),
    ),
    mount_path=_MOUNT,
    sub_path="autoinstrumentation",
    copied="/autoinstrumentation/.",
    size_limit="128Mi",
    # Its gRPC exporter is a compiled library for each Python and C library, and would be the application's too.
    protocols=frozenset({"http/protobuf"}),
    # uWSGI embeds the interpreter, which reads PYTHONPATH as any other does.
    commands=words(
        """
        airflow celery dagster daphne django-admin fastapi flask gunicorn hypercorn ipython jupyter pdm pipenv
        poetry prefect python rq streamlit superset uv uvicorn uvx uwsgi waitress-serve
        """
    ),
    variables=words(
        """
        CELERY_BROKER_URL DJANGO_SETTINGS_MODULE FLASK_APP FLASK_DEBUG FLASK_ENV GUNICORN_CMD_ARGS
        PYTHONDONTWRITEBYTECODE PYTHONFAULTHANDLER PYTHONHASHSEED PYTHONHOME PYTHONIOENCODING PYTHONOPTIMIZE
        PYTHONPATH PYTHONUNBUFFERED PYTHONWARNINGS PYTHON_VERSION UVICORN_PORT UVICORN_WORKERS VIRTUAL_ENV
        """
    ),
    scripts=(".py", ".pyc", ".pyz"),
    images=frozenset({"python"}),
)
