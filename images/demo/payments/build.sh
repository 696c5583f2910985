#!/usr/bin/env bash
# Compiles the service and gathers its libraries in build/app. Needs Maven and a JDK 17.
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build
mvn --batch-mode --quiet package
rm -r build/target
