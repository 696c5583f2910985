#!/usr/bin/env bash
# Lays out the Python agent in build/autoinstrumentation. Needs Python 3.11 with pip.
# The lock: uv pip compile --generate-hashes --python-version 3.10 --no-header -o requirements.txt requirements.in
#
#   opentelemetry/instrumentation/auto_instrumentation/   what PYTHONPATH names: it starts the agent, and holds nothing else
#   lib/shared/                                           every package but the API, without compiled code
#   lib/api/                                              opentelemetry-api, which may have to come first on the path
#   lib/cp312-musl/                                       compiled code, for CPython 3.12 on musl; and so on
set -euo pipefail
cd "$(dirname "$0")"

minors=(10 11 12 13 14 15)
agent=build/autoinstrumentation
shared=$agent/lib/shared
architecture=$(uname -m)

pins() { # PATTERN: the pinned packages whose line matches, with their hashes
  python3.11 - "$1" <<'PYTHON'
import pathlib, re, sys

for pin in re.split(r"\n(?=\w)", pathlib.Path("requirements.txt").read_text().rstrip()):
    if re.match(sys.argv[1], pin):
        print(pin)
PYTHON
}

install_wheels() { # REQUIREMENTS TARGET MINOR PIP_OPTION...: in the wheels that the options allow
  python3.11 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes --no-deps \
    --only-binary=:all: --no-compile --requirement "$1" --target "$2" --python-version "3.$3" "${@:4}"
}

compiled() { # MINOR LIBC PLATFORM: wrapt's package, and the library of protobuf where there is one for the platform
  local from=build/wheels/cp3$1-$2 to=$agent/lib/cp3$1-$2
  install_wheels build/compiled.txt "$from" "$1" --implementation cp --abi "cp3$1" --abi abi3 --abi none \
    --platform "$3_$architecture" --platform any
  mkdir -p "$to"
  cp -r "$from/wrapt" "$to"
  if [[ -d $from/google/_upb ]]; then
    mkdir "$to/google" && cp -r "$from/google/_upb" "$to/google"
  fi
}

interpreter() { # MINOR: prints where it is, on PATH or of pyenv
  local python
  for python in "python3.$1" "${PYENV_ROOT:-}"/versions/3."$1".*/bin/python; do
    if "$python" -c "" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

rm -rf build && mkdir build
pins '^(wrapt|protobuf)==' > build/compiled.txt
pins '^opentelemetry-api==' > build/api.txt
pins '^(?!opentelemetry-api==)' > build/shared.txt
for part in shared api; do
  install_wheels "build/$part.txt" "$agent/lib/$part" "${minors[0]}" --implementation py --abi none --platform any
done
python3.11 write_needs.py "$shared"
for minor in "${minors[@]}"; do
  compiled "$minor" glibc manylinux2014
  compiled "$minor" musl musllinux_1_2
done
install -D -m 0644 -t "$agent/opentelemetry/instrumentation/auto_instrumentation" sitecustomize.py tracereach_*.py

rm -r "$shared"/{bin,wrapt-stubs}
find "$agent" -type d \( -name test -o -name tests -o -name testdata \) -prune -exec rm -r {} +
find "$agent" -type f \( -name '*.pyi' -o -name '*.c' -o -name '*.h' \) -delete

# A mounted image is read-only, so Python could never keep what it compiled, and every start would pay for it again
# (1.2 s of CPU instead of 0.6 s). The hash kind stays valid when an init container copies the files.
for minor in "${minors[@]}"; do
  if python=$(interpreter "$minor"); then
    "$python" -m compileall -q --invalidation-mode unchecked-hash -s build "$agent"
  else
    echo "agent-python: no Python 3.$minor here to compile for; there the agent starts slower" >&2
  fi
done
