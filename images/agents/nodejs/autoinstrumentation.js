// Loaded by NODE_OPTIONS="--require …/autoinstrumentation.js" before the application; OTEL_* say the rest.
require("@opentelemetry/auto-instrumentations-node/register");
