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

# The same with the command, from a file to a folder and on to the next sequence.
madrigal() { cargo run -q --bin madrigal -- "$@"; }
expect() { # expect WHAT FOUND WANTED
    if [ "$2" != "$3" ]; then
        echo "$1: $2, not $3"
        failed=$((failed + 1))
    fi
}
first="$scratch/first"
second="$scratch/second"
madrigal oab build --from "$here/people.ldif" --out "$first" >/dev/null
sed 's/+49 30 1000/+49 30 2000/' "$here/people.ldif" >"$scratch/changed.ldif"
madrigal oab build --from "$scratch/changed.ldif" --out "$second" --previous "$first" >/dev/null
madrigal oab verify "$second" --since "$first" >/dev/null || failed=$((failed + 1))
"$scratch/mspack" full "$first"/*-data-1.lzx "$scratch/one.oab" || failed=$((failed + 1))
"$scratch/mspack" full "$second"/*-data-2.lzx "$scratch/two.oab" || failed=$((failed + 1))
"$scratch/mspack" patch "$second"/*-binpatch-2.lzx "$scratch/one.oab" "$scratch/patched.oab" || failed=$((failed + 1))
cmp "$scratch/two.oab" "$scratch/patched.oab" || failed=$((failed + 1))
for template in "$second"/*-lng0409-2.lzx "$second"/*-mac0409-2.lzx; do
    "$scratch/mspack" full "$template" "$scratch/template" || failed=$((failed + 1))
    expect "size of a template" "$(stat -c %s "$scratch/template")" 256
done
mkdir "$scratch/book"
cp "$scratch/two.oab" "$scratch/book/udetails.oab"
names=$("$scratch/venv/bin/python" -c '
import oab, sys
book = oab.load_oab_file(sys.argv[1])["address_book"]
print("; ".join(sorted(entry["record"]["PidTagDisplayName"] for entry in book)))' "$scratch/book/udetails.oab")
expect "people in the book" "$names" "Anna Meyer; Room 7; Sales; Zoë 𝄞 Braun"
figures=$(madrigal oab simulate --profile exchange-2010 --change 2026-11-23T14:00 --start 2026-11-23T09:00 \
    --format json | "$scratch/venv/bin/python" -c '
import json, sys
answer = json.load(sys.stdin)
print(answer["latency_minutes"], answer["worst_case"]["latency_minutes"], answer["supremum_minutes"])')
expect "minutes: this change, the worst, the bound" "$figures" "2580 3120 3360"
echo "madrigal oab: build, patch, verify and simulate agree"
[ "$failed" -eq 0 ]
