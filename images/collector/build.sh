#!/usr/bin/env bash
# Compiles the collector into build/otelcol and puts root certificates beside it. Needs Go, Python 3.11 with pip, and
# the OpenTelemetry Collector Builder as `ocb` on PATH, where the testbed puts it.
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

python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --require-hashes --no-compile --target build/certificates -r certificates.txt
install -m 0644 build/certificates/certifi/cacert.pem build/ca-certificates.crt
rm -r build/source build/certificates
