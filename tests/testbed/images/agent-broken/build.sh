#!/usr/bin/env bash
# Compiles the Java agent. Needs a JDK.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf build && mkdir build
javac --release 17 -nowarn -d build/classes BrokenAgent.java 2>/dev/null
printf 'Premain-Class: BrokenAgent\n' > build/manifest
jar --create --file build/javaagent.jar --manifest build/manifest -C build/classes .
