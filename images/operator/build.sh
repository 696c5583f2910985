#!/usr/bin/env bash
# Installs the operator and its locked libraries into build/site. Needs Python 3.11 with pip.
set -euo pipefail
cd "$(dirname "$0")"

repository=../..
pip_install=(python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore
  --no-deps --no-compile --target build/site)

rm -rf build
"${pip_install[@]}" --require-hashes --only-binary=:all: -r "$repository/requirements.lock"
rm -r build/site/bin
"${pip_install[@]}" "$repository"

# The image's root is read-only, so Python could not keep what it compiles.
rm -r build/site/bin
find build/site -type d \( -name test -o -name tests \) -prune -exec rm -r {} +
python3.11 -m compileall -q --invalidation-mode unchecked-hash -s build build/site
