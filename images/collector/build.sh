#!/usr/bin/env bash
# Compiles the collector into build/otelcol and puts root certificates beside it. Needs Go, Python 3.11 with pip, and
# the OpenTelemetry Collector Builder (`ocb`), looked for on PATH and then in the cache that the testbed fills.
set -euo pipefail
cd "$(dirname "$0")"

cache="${TRACEREACH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tracereach}"
ocb="$(command -v ocb || find "$cache" -type f -name ocb -perm -u+x 2>/dev/null | sort | tail -n 1)"
if [[ -z "$ocb" ]]; then
  echo "ocb not found on PATH or in $cache: run 'python -m tests.testbed path ocb', or install" >&2
  echo "go.opentelemetry.io/collector/cmd/builder v0.145.0 as 'ocb'" >&2
  exit 1
fi

rm -rf build && mkdir build
GOFLAGS="-trimpath -buildvcs=false" "$ocb" --config=manifest.yaml
mv build/source/otelcol build/otelcol

python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --require-hashes --no-compile --target build/certificates -r certificates.txt
install -m 0644 build/certificates/certifi/cacert.pem build/ca-certificates.crt
rm -r build/source build/certificates
