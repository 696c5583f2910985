// Starts the OpenTelemetry SDK, for require() and import alike. Called by autoinstrumentation.js; OTEL_* say the rest.
"use strict";

const nodeModule = require("node:module");
const { pathToFileURL } = require("node:url");
const { trace } = require("@opentelemetry/api");
const { getNodeAutoInstrumentations, getResourceDetectors } = require("@opentelemetry/auto-instrumentations-node");
const { NodeSDK } = require("@opentelemetry/sdk-node");

/** Let ES modules that import an instrumented package get the instrumented one; no other import is touched. */
function hookImports(instrumentations) {
  const include = instrumentations.flatMap((each) => each.getModuleDefinitions().map((definition) => definition.name));
  const hooks = nodeModule.registerHooks && require("import-in-the-middle/register-hooks.mjs");
  if (hooks?.supportsSyncHooks()) {
    hooks.register({ include });
  } else {
    nodeModule.register("import-in-the-middle/hook.mjs", pathToFileURL(__filename), { data: { include } });
  }
}

/** Send what is still held back when the application begins to end by its own SIGTERM handler.
 *
 * A listener of ours would not do: Node.js no longer ends by itself on a signal that anybody listens to.
 */
function flushOnTermination() {
  const { emit } = process;
  process.emit = function (event) {
    if (event === "SIGTERM") {
      trace.getTracerProvider().getDelegate().forceFlush?.().catch(() => {});
    }
    return Reflect.apply(emit, this, arguments);
  };
}

const instrumentations = getNodeAutoInstrumentations();
const sdk = new NodeSDK({ instrumentations, resourceDetectors: getResourceDetectors() });
if (process._eval === undefined) {
  hookImports(instrumentations); // with them, `node --eval` would fail to load its own built-in modules
}
sdk.start();
process.once("beforeExit", () => sdk.shutdown().catch(() => {}));
flushOnTermination();
