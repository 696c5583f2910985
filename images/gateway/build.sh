#!/usr/bin/env bash
# Compiles the coverage gateway into build/otelcol. Needs Go and the OpenTelemetry Collector Builder as `ocb` on PATH,
# where the testbed puts it.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v ocb > /dev/null; then
  echo "ocb is not on PATH: run 'make images', which builds it, or install" >&2
  echo "go.opentelemetry.io/collector/cmd/builder v0.145.0 as 'ocb'" >&2
  exit 1
fi

rm -rf build && mkdir build
GOFLAGS="-trimpath -buildvcs=false" ocb --config=manifest.yaml
mv build/source/otelcol build/otelcol
rm -r build/source
