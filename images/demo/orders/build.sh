#!/usr/bin/env bash
# Installs the service's libraries into build/site-packages. Needs Python 3.11 with pip.
# The lock: uv pip compile --generate-hashes --python-version 3.11 --no-header -o requirements.txt requirements.in
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build
python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --require-hashes --only-binary=:all: --no-compile --target build/site-packages -r requirements.txt
rm -r build/site-packages/bin
python3.11 -m compileall -q --invalidation-mode unchecked-hash -s build build/site-packages
