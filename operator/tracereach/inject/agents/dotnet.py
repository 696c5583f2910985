""".NET: the CLR's profiler and a startup hook, which only a .NET runtime looks for.

A process has one profiler, so another one's variables cannot be extended; hooks and stores are lists.
"""

from tracereach.inject.agents.agent import Agent, Loader

MUSL = "musl"
"""The trait of a container whose image has musl for its C library, as Alpine has."""

_MOUNT = "/otel-auto-instrumentation-dotnet"
_PROFILER = "{918728DD-259F-4A6A-AC2B-B85E1B658318}"
"""The class id of the OpenTelemetry profiler, as its documentation gives it."""


def _loaders(runtime: str) -> tuple[Loader, ...]:
    """The loaders for the native library of one .NET runtime identifier."""
    library = f"{_MOUNT}/{runtime}/OpenTelemetry.AutoInstrumentation.Native.so"
    lists = {
        "DOTNET_STARTUP_HOOKS": f"{_MOUNT}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll",
        "DOTNET_ADDITIONAL_DEPS": f"{_MOUNT}/AdditionalDeps",
        "DOTNET_SHARED_STORE": f"{_MOUNT}/store",
    }
    return (
        Loader(name="CORECLR_ENABLE_PROFILING", value="1", exclusive=True),
        Loader(name="CORECLR_PROFILER", value=_PROFILER, exclusive=True),
        Loader(name="CORECLR_PROFILER_PATH", value=library, exclusive=True),
        *(Loader(name=name, value=value, after=f":{value}") for name, value in lists.items()),
        Loader(name="OTEL_DOTNET_AUTO_HOME", value=_MOUNT, exclusive=True),
    )


AGENT = Agent(
    name="dotnet",
    loaders=_loaders("linux-x64"),
    variants={MUSL: _loaders("linux-musl-x64")},
    mount_path=_MOUNT,
    sub_path="autoinstrumentation",
    copied="/autoinstrumentation/.",
    size_limit="256Mi",
    commands=frozenset({"dotnet"}),
    variables=frozenset({"DOTNET_STARTUP_HOOKS"}),
    variable_prefixes=("ASPNETCORE_", "COMPlus_", "DOTNET_"),
    scripts=(".dll",),
    images=frozenset({"aspnet", "runtime"}),
)
