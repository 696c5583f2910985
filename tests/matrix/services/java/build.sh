#!/usr/bin/env bash
# Compiles the service into build/app. Needs a JDK 17.
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build
javac --release 17 -d build/app Hop.java
