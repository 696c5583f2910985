#!/usr/bin/env bash
# Lays out the Node.js agent in build/autoinstrumentation. Needs npm.
set -euo pipefail
cd "$(dirname "$0")"

agent=build/autoinstrumentation
rm -rf build && mkdir -p "$agent"
cp package.json package-lock.json autoinstrumentation.js start.js "$agent"
npm ci --prefix "$agent" --omit=dev --ignore-scripts --no-audit --no-fund

# The agent is loaded by require(): what only type checkers, debuggers, bundlers or readers open stays out.
find "$agent/node_modules" -type f \
  \( -name '*.map' -o -name '*.d.[mc]ts' -o -name '*.d.ts' -o -name '*.tsbuildinfo' \
  -o -name '*.md' ! -iname 'licen*' \) -delete
find "$agent"/node_modules/@opentelemetry -type d -path '*/build/es*' \( -name esm -o -name esnext \) -prune \
  -exec rm -r {} +
find "$agent/node_modules" -type d \( -name test -o -name tests -o -name docs -o -name .bin \) -prune -exec rm -r {} +
find "$agent" -type d -empty -delete
rm "$agent/package-lock.json" "$agent/node_modules/.package-lock.json"

# Fails here, and not in somebody's pod, should the trimming ever take a file that the agent loads.
(cd "$agent" && node -e 'require("@opentelemetry/auto-instrumentations-node").getNodeAutoInstrumentations()')
