#!/usr/bin/env bash
# Lets independent programs judge our books: libmspack unpacks every file and applies every patch,
# the PyPI package `oab` reads every property of every record, SimPy follows the same fleet. Exits
# non-zero on any difference.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

need() { # need FILE PACKAGE
    if [ ! -e "$1" ]; then
        apt-get -o DPkg::Lock::Timeout=300 update -q >/dev/null
        apt-get -o DPkg::Lock::Timeout=300 install -y -q "$2" >/dev/null
    fi
}
need /usr/include/mspack.h libmspack-dev
need /usr/bin/cc gcc
cc -O2 -o "$scratch/mspack" "$here/mspack.c" -lmspack

python3 -m venv "$scratch/venv" 2>/dev/null || {
    apt-get -o DPkg::Lock::Timeout=300 update -q >/dev/null
    apt-get -o DPkg::Lock::Timeout=300 install -y -q python3-venv >/dev/null
    python3 -m venv "$scratch/venv"
}
"$scratch/venv/bin/pip" install -q --disable-pip-version-check oab==1.1.0 simpy

cd "$root"
cargo run -q -p madrigal-oab --example judge_files -- "$scratch/files"

failed=0
full=0
for raw in "$scratch"/files/full/*.raw; do
    full=$((full + 1))
    if ! "$scratch/mspack" full "${raw%.raw}.lzx" "$scratch/out" || ! cmp -s "$raw" "$scratch/out"; then
        echo "libmspack unpacks $(basename "$raw" .raw) to something else"
        failed=$((failed + 1))
    fi
done
patches=0
for new in "$scratch"/files/patch/*.new; do
    patches=$((patches + 1))
    name=${new%.new}
    if ! "$scratch/mspack" patch "$name.patch" "$name.old" "$scratch/out" || ! cmp -s "$new" "$scratch/out"; then
        echo "libmspack patches $(basename "$name") to something else"
        failed=$((failed + 1))
    fi
done
echo "libmspack: $full files, $patches patches, $failed differences"
"$scratch/venv/bin/python" "$here/compare.py" "$scratch"/files/book/*/ || failed=$((failed + 1))
"$scratch/venv/bin/python" "$here/fleet.py" "$scratch/files/fleet.json" || failed=$((failed + 1))
[ "$failed" -eq 0 ]
