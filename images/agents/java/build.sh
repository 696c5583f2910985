#!/usr/bin/env bash
# Fetches the Java agent into build/javaagent.jar. Needs Maven.
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build && mkdir build
mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact=io.opentelemetry.javaagent:opentelemetry-javaagent:2.33.1 \
  -DoutputDirectory="$PWD/build" -Dmdep.stripVersion=true
mv build/opentelemetry-javaagent.jar build/javaagent.jar
chmod 0644 build/javaagent.jar
sha256sum --check javaagent.sha256
