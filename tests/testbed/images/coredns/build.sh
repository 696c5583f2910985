#!/usr/bin/env bash
# Fetches the program that the testbed has built.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf build
mkdir build
cp --dereference "$(command -v coredns)" build/coredns
