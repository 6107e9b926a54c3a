#!/bin/sh
# judge.sh BEFORE.ldif CHANGES.ldif AFTER.ldif
# judge.sh BEFORE.ldif CHANGES.ldif - > SNAPSHOT.ldif
#
# Asks a real LDAP server whether a change file does what its writer says: a throw-away slapd with an Active
# Directory-like schema is loaded with BEFORE, takes CHANGES through ldapmodify, and its dump must equal AFTER,
# entry by entry and value by value. Exit status: 0 equal, 1 refused or different (with the difference), 2 no
# verdict (wrong use, no slapd). JUDGE_KEEP=1 keeps the work folder.
#
# With - for AFTER nothing is compared: the directory's next export is written, with the GUIDs that it gave.
set -eu

if [ $# -ne 3 ]; then
    echo "usage: $0 BEFORE.ldif CHANGES.ldif AFTER.ldif|-" >&2
    exit 2
fi
before=$1 changes=$2 after=$3
for file in "$before" "$changes" "$after"; do
    [ "$file" = - ] || [ -r "$file" ] || { echo "judge: cannot read $file" >&2; exit 2; }
done
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

"$here/install.sh" || { echo "judge: slapd and ldap-utils are not installed and could not be" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/slapd-judge.XXXXXX")
server=
finish() {
    status=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    if [ "${JUDGE_KEEP:-}" = 1 ]; then echo "judge: kept $work" >&2; else rm -rf "$work"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 2' INT TERM

refused() { # words, log
    echo "judge: $1" >&2
    sed 's/^/  /' "$2" >&2
    exit 1
}

# slapd reserves memory for every file that it might open: a container's limit of a million costs a gigabyte.
ulimit -n 4096 2>/dev/null || true

python3 "$here/compare.py" lint --schema "$here/ad.schema" "$changes" || exit 1
suffix=$(python3 "$here/compare.py" suffix "$before")
password=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
modules=/usr/lib/ldap
[ -d "$modules" ] || modules=/usr/lib64/openldap
mkdir "$work/db"
python3 - "$here/slapd.conf" "$work/slapd.conf" "HERE=$here" "WORK=$work" "MODULES=$modules" \
    "SUFFIX=$suffix" "PASSWORD=$password" <<'FILL'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
# Active Directory's linked attributes, as far as the schema has them.
links = "manager member managedBy altRecipient publicDelegates authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms " \
    "msExchModeratedByLink msExchDelegateListLink msExchCoManagedByLink"
text = text.replace("index @LINKS@", "index " + links.replace(" ", ",")).replace("@LINKS@", links)
for pair in sys.argv[3:]:
    name, value = pair.split("=", 1)
    text = text.replace(f"@{name}@", value)
open(sys.argv[2], "w", encoding="utf-8").write(text)
FILL

# ldifde puts `changetype: add` into every entry that it exports and may write UTF-16; slapadd wants neither.
python3 "$here/compare.py" content "$before" > "$work/before.ldif"
slapadd -f "$work/slapd.conf" -b "$suffix" -l "$work/before.ldif" > "$work/slapadd.log" 2>&1 \
    || refused "slapadd refused $before:" "$work/slapadd.log"

attempt=0
while :; do
    attempt=$((attempt + 1))
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    url="ldap://127.0.0.1:$port/"
    slapd -h "$url" -f "$work/slapd.conf" -d 0 > "$work/slapd.log" 2>&1 &
    server=$!
    waited=0
    while [ $waited -lt 300 ] && kill -0 "$server" 2>/dev/null; do
        if ldapsearch -x -H "$url" -D "cn=judge,$suffix" -w "$password" -s base -b "" -LLL 1.1 > /dev/null 2>&1; then
            break 2
        fi
        sleep 0.05
        waited=$((waited + 1))
    done
    # Another process may have taken the port between the question and the start.
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    if [ $attempt -ge 5 ]; then
        echo "judge: slapd does not start:" >&2
        sed 's/^/  /' "$work/slapd.log" >&2
        exit 2
    fi
done

as_judge="-x -H $url -D cn=judge,$suffix -w $password"
# shellcheck disable=SC2086 # the suffix of a domain holds no blanks
ldapmodify $as_judge -n -f "$changes" > "$work/dry.log" 2>&1 || refused "ldapmodify -n cannot read $changes:" "$work/dry.log"
# shellcheck disable=SC2086
if ! ldapmodify $as_judge -f "$changes" > "$work/modify.log" 2>&1; then
    grep -v '^\(modifying\|adding new\|deleting\|$\)' "$work/modify.log" > "$work/modify.short" || true
    tail -n 3 "$work/modify.log" >> "$work/modify.short"
    refused "ldapmodify was refused with $changes:" "$work/modify.short"
fi
if [ "$after" = - ]; then
    # References that follow a rename are not in the answer to the rename.
    sleep 1
    # shellcheck disable=SC2086
    ldapsearch $as_judge -LLL -o ldif-wrap=no -b "$suffix" -s sub '(objectClass=*)' '*' entryUUID > "$work/dump.ldif" 2> "$work/dump.log" \
        || refused "the dump failed:" "$work/dump.log"
    python3 "$here/compare.py" snapshot "$work/dump.ldif"
    exit 0
fi

look=0
while :; do
    look=$((look + 1))
    # shellcheck disable=SC2086
    ldapsearch $as_judge -LLL -o ldif-wrap=no -b "$suffix" -s sub '(objectClass=*)' '*' > "$work/dump.ldif" 2> "$work/dump.log" \
        || refused "the dump failed:" "$work/dump.log"
    if python3 "$here/compare.py" compare --schema "$here/ad.schema" "$changes" "$after" "$work/dump.ldif" \
        > "$work/verdict" 2>&1; then
        cat "$work/verdict"
        exit 0
    fi
    if [ $look -ge 4 ]; then
        cat "$work/verdict" >&2
        exit 1
    fi
    sleep 0.25
done
