#!/usr/bin/env bash
# Lays out Debian's static busybox.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf build
mkdir -p build/bin
cp /bin/busybox build/bin/busybox
ln -s busybox build/bin/cp
ln -s busybox build/bin/sh
