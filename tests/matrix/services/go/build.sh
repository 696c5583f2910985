#!/usr/bin/env bash
# Compiles the service into build/hop. Needs Go.
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build
CGO_ENABLED=0 go build -trimpath -buildvcs=false -mod=readonly -ldflags '-s -w' -o build/hop .
