#!/usr/bin/env bash
# Carries the change files of examples/air-gap to a real directory server and back, through the life of a contact:
# made, changed, renamed, hidden, deleted. After each round the server's export must equal what the same changes make
# of a directory that is written directly, and the engine must find every change confirmed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. tests/servers/command.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples "$work/direct"
cp -r examples "$work/gap"
rm -rf "$work"/*/*/state "$work"/*/air-gap/to-xyz

fail() {
    printf 'air gap: %s\n' "$*" >&2
    exit 1
}

# Runs a configuration and prints how many changes it planned. Objects with problems (exit status 1) are expected.
run() {
    local folder=$1 config=$2 now=$3 status=0
    (cd "$work/$folder" && "$madrigal" --format json run -c "$config" --now "$now" >"$work/report") || status=$?
    ((status <= 1)) || fail "$config ended with status $status: $(tail -n 1 "$work/report")"
    tail -n 1 "$work/report" | python3 -c 'import json, sys; print(sum(json.load(sys.stdin)["planned"].values()))'
}

# One round: the same on both sides, the change files carried over, the export carried back.
round() {
    local what=$1 now=$2 far="$work/gap/abc-xyz/xyz.ldif" file
    cp "$far" "$work/before.ldif"
    rm -rf "$work/carried"
    run direct abc-xyz/madrigal.toml "$now" >/dev/null
    run gap air-gap/madrigal.toml "$now" >/dev/null
    mv "$work/gap/air-gap/to-xyz" "$work/carried"
    for file in "$work/carried"/*.ldif; do
        grep -v '^version:' "$file"
        echo
    done >"$work/changes.ldif"
    # A server gives a new entry a key of its own, the snapshot has the one that we gave: what is compared is the rest.
    JUDGE_KEYS_DIFFER=1 \
        tests/servers/slapd/judge.sh "$work/before.ldif" "$work/changes.ldif" "$work/direct/abc-xyz/xyz.ldif" ||
        fail "$what: the server and the snapshot differ"
    tests/servers/slapd/judge.sh "$work/before.ldif" "$work/changes.ldif" - >"$work/after.ldif"
    mv "$work/after.ldif" "$far"
    local planned
    planned=$(run gap air-gap/madrigal.toml "$now")
    ((planned == 0)) || fail "$what: $planned changes are planned again after the server's export came back"
    ! compgen -G "$work/gap/air-gap/to-xyz/*.ldif" >/dev/null || fail "$what: a change file was written again"
    printf 'air gap: %s: %s changes carried over and confirmed\n' "$what" "$(grep -c '^changetype:' "$work/changes.ldif")"
}

# The same edit of ABC's directory on both sides.
edit() {
    python3 - "$1" "$work/direct/abc-xyz/abc.ldif" "$work/gap/abc-xyz/abc.ldif" <<'PYTHON'
import sys

edit, *files = sys.argv[1:]
for name in files:
    with open(name, encoding="utf-8") as file:
        records = file.read().split("\n\n")

    def record(cn):
        found = [at for at, text in enumerate(records)
                 if f"\ncn: {cn}\n" in text and "\nobjectClass: user\n" in text]
        assert len(found) == 1, (cn, found)
        return found[0]

    if edit == "change":
        at = record("Jed Hill")
        lines = [line for line in records[at].split("\n") if not line.startswith("telephoneNumber:")]
        records[at] = "\n".join([*lines, "telephoneNumber: +49 30 1234 5678"])
        at = record("Maria Nowak")
        records[at] = records[at].replace("Maria Nowak", "Maria Lipska").replace("sn: Nowak", "sn: Lipska")
    else:
        del records[record("Regula Ammann")]
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n\n".join(records))
PYTHON
}

round "first load" 2026-01-05T08:00
edit change
round "a changed value and a new name" 2026-01-06T08:00
edit delete
round "somebody left: hidden" 2026-01-07T08:00
round "a month later: deleted" 2026-02-20T08:00
