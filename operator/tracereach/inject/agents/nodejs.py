"""Node.js: a `--require` in `NODE_OPTIONS`.

`--require` and not `--import`: releases of Node.js that do not know `--import` exit on it.
"""

from tracereach.inject.agents.agent import Agent

_MOUNT = "/otel-auto-instrumentation-nodejs"
_OPTION = f"--require {_MOUNT}/autoinstrumentation.js"

AGENT = Agent(
    name="nodejs",
    loader="NODE_OPTIONS",
    value=_OPTION,
    extend=lambda value: f"{value} {_OPTION}",
    mount_path=_MOUNT,
    sub_path="autoinstrumentation",
    copied="/autoinstrumentation/.",
    size_limit="256Mi",
    # The default detectors ask the metadata services of every cloud at each start, and wait for them.
    environment={"OTEL_NODE_RESOURCE_DETECTORS": "env,host,os,process,serviceinstance"},
    commands=frozenset({"node", "nodejs", "npm", "npx", "yarn", "pnpm", "next", "ts-node"}),
    variables=frozenset({"NODE_OPTIONS", "NODE_ENV", "NODE_PATH"}),
    images=frozenset({"node"}),
)
