#!/usr/bin/env bash
# Installs the libraries of the demo's orders into build/site-packages. Needs Python 3.11 with pip.
set -euo pipefail
cd "$(dirname "$0")"

rm -rf build
python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --require-hashes --only-binary=:all: --no-compile --target build/site-packages \
  -r ../../../../images/demo/orders/requirements.txt
rm -r build/site-packages/bin
python3.11 -m compileall -q --invalidation-mode unchecked-hash -s build build/site-packages
