#!/usr/bin/env bash
# Packs a Debian 12 tree with Python 3.11, Node.js 18 and a Java 17 runtime. Needs root, debootstrap and apt's sources.
set -euo pipefail
cd "$(dirname "$0")"
if [[ ${1:-} != isolated ]]; then
    # Whatever is mounted below goes away with this mount namespace, also after a crash.
    exec unshare --mount --propagation=private "$0" isolated
fi

rm -rf build
mkdir build
tree=$(mktemp -d)
trap 'umount "$tree/proc" || true; rm -rf --one-file-system "$tree"' EXIT

debootstrap --variant=minbase bookworm "$tree"
mountpoint --quiet "$tree/proc" || mount -t proc proc "$tree/proc"
mkdir -p "$tree/usr/share/man/man1" # the runtime's installer links manual pages
DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install --yes --no-install-recommends \
    ca-certificates python3 nodejs openjdk-17-jre-headless busybox-static
umount "$tree/proc"

chroot "$tree" apt-get clean
rm -rf "$tree"/var/lib/apt/lists/* "$tree"/var/cache/* "$tree"/var/log/* "$tree"/tmp/* "$tree"/etc/resolv.conf \
    "$tree"/usr/share/{doc,man,info,locale,lintian}
tar --create --file build/rootfs.tar --directory "$tree" --numeric-owner --one-file-system .
