#!/usr/bin/env bash
# Installs the locked libraries into build/libraries, and the operator into build/site. Needs Python 3.11 with pip.
set -euo pipefail
cd "$(dirname "$0")"

repository=../..
pip_install=(python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-compile)

# The image's root is read-only, so Python could not keep what it compiles.
compile() {
  python3.11 -m compileall -q --invalidation-mode unchecked-hash -s build "$1"
}

# The libraries take a minute, and change seldom.
lock=$(sha256sum "$repository/requirements.lock")
if [[ ! -f build/libraries.lock || $(<build/libraries.lock) != "$lock" ]]; then
  rm -rf build
  "${pip_install[@]}" --target build/libraries --require-hashes --only-binary=:all: -r "$repository/requirements.lock"
  rm -r build/libraries/bin
  find build/libraries -type d \( -name test -o -name tests \) -prune -exec rm -r {} +
  compile build/libraries
  echo "$lock" > build/libraries.lock
fi

rm -rf build/site
"${pip_install[@]}" --target build/site "$repository"
rm -r build/site/bin
compile build/site
