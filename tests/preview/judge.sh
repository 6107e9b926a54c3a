#!/usr/bin/env bash
# Opens the page of a preview in Chromium, wide and narrow, light and dark: no error, nothing to scroll sideways, search
# and filters find what they say, and nothing of a directory is taken for markup. PICTURES=FOLDER keeps screenshots.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
tests/preview/install.sh || {
    echo "preview: chromium is not installed and could not be" >&2
    exit 2
}
. tests/servers/command.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp examples/abc-xyz/{madrigal.toml,abc.ldif,xyz.ldif} "$work"
cd "$work"

# preview PAGE: writes the page of what is planned now. Problems of single objects are part of the example.
preview() {
    local status=0
    "$madrigal" preview --html "$1" --format json >"$work/out.json" 2>"$work/log" || status=$?
    ((status <= 1 || status == 3)) || {
        cat "$work/log" "$work/out.json" >&2
        exit 1
    }
}

preview first.html
"$madrigal" run --format json >"$work/out.json" || (($? == 1))
python3 "$root/tests/preview/unrest.py" abc.ldif
preview changes.html
python3 "$root/tests/preview/page.py" first.html changes.html
