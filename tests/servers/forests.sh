#!/usr/bin/env bash
# Real forests of Active Directory (Samba) share one address list: makes and starts them, runs the command on them and
# looks at what came of it with OpenLDAP's clients. Leaves nothing behind.
#
#   tests/servers/forests.sh                    all scenes
#   tests/servers/forests.sh changes mover      the first load, and these
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
tests/servers/samba/install.sh || {
    echo "forests: Samba and ldap-utils are not installed and could not be" >&2
    exit 2
}
. tests/servers/command.sh
# FORESTS names a folder that is kept, with the forests' templates in it.
kept=${FORESTS:-}
export FORESTS=${kept:-$(mktemp -d)}
. tests/servers/samba/forest.sh
finish() {
    local status=$?
    for forest in abc abc2 xyz lmn bare; do
        forest_stop "$forest" KILL
    done
    [[ -n $kept ]] || rm -rf "$FORESTS"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

python3 tests/servers/samba/judge.py "$madrigal" "$FORESTS" "$@"
