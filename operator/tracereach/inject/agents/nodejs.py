"""Node.js: a `--require` in `NODE_OPTIONS`.

`--require` and not `--import`: releases of Node.js that do not know `--import` exit on it.
"""

from tracereach.inject.agents.agent import Agent, Loader, words

_MOUNT = "/otel-auto-instrumentation-nodejs"
_OPTION = f"--require {_MOUNT}/autoinstrumentation.js"

AGENT = Agent(
    name="nodejs",
    loaders=(Loader(name="NODE_OPTIONS", value=_OPTION, after=f" {_OPTION}"),),
    mount_path=_MOUNT,
    sub_path="autoinstrumentation",
    copied="/autoinstrumentation/.",
    size_limit="256Mi",
    # The default detectors ask the metadata services of every cloud at each start, and wait for them.
    environment={"OTEL_NODE_RESOURCE_DETECTORS": "env,host,os,process,serviceinstance"},
    commands=words(
        """
        corepack forever gatsby medusa n8n nest next node node-red nodejs nodemon npm npx nuxt pm2 pm2-docker
        pm2-runtime pnpm pnpx react-scripts remix-serve strapi ts-node ts-node-dev tsx vite yarn yarnpkg
        """
    ),
    variables=words(
        """
        NODE_ENV NODE_EXTRA_CA_CERTS NODE_NO_WARNINGS NODE_OPTIONS NODE_PATH NODE_TLS_REJECT_UNAUTHORIZED NODE_VERSION
        NPM_CONFIG_LOGLEVEL UV_THREADPOOL_SIZE YARN_VERSION
        """
    ),
    scripts=(".cjs", ".js", ".mjs", ".ts"),
    images=frozenset({"node"}),
)
