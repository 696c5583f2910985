#!/usr/bin/env bash
# Writes ledgerpb/*.pb.go anew after a change of ledger.proto. Needs Go and protoc 3.21 or newer.
set -euo pipefail
cd "$(dirname "$0")"

plugins="$(mktemp -d)"
trap 'rm -r "$plugins"' EXIT
go build -o "$plugins" google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
PATH="$plugins:$PATH" protoc --go_out=. --go_opt=paths=source_relative \
  --go-grpc_out=. --go-grpc_opt=paths=source_relative ledgerpb/ledger.proto
