#!/usr/bin/env bash
# Compiles the pause program.
set -euo pipefail
cd "$(dirname "$0")"
CGO_ENABLED=0 GOWORK=off go build -trimpath -ldflags "-s -w" -o build/pause pause.go
