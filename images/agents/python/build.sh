#!/usr/bin/env bash
# Lays out the Python agent in build/autoinstrumentation. Needs Python 3.11 with pip.
# The lock: uv pip compile --generate-hashes --python-version 3.11 --no-header -o requirements.txt requirements.in
set -euo pipefail
cd "$(dirname "$0")"

agent=build/autoinstrumentation
rm -rf build
python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --require-hashes --only-binary=:all: --no-compile --target "$agent" -r requirements.txt
cp sitecustomize.py "$agent/opentelemetry/instrumentation/auto_instrumentation/sitecustomize.py"

rm -r "$agent/bin" "$agent/wrapt-stubs"
find "$agent" -type d \( -name test -o -name tests -o -name testdata \) -prune -exec rm -r {} +
find "$agent" -type f \( -name '*.pyi' -o -name '*.c' -o -name '*.h' \) -delete

# A mounted image is read-only, so Python could never keep what it compiled, and every probe script would pay for it
# again (0.7 s of CPU instead of 0.3 s). The hash kind stays valid when an init container copies the files.
python3.11 -m compileall -q --invalidation-mode unchecked-hash -s build "$agent"
