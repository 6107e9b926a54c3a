#!/usr/bin/env bash
# A source that is no Active Directory: ABC's people on a real OpenLDAP server, read by times of change, become contacts
# in an LDIF snapshot of XYZ. What is written there is looked at with plain tools.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
tests/servers/slapd/install.sh || {
    echo "openldap: slapd and ldap-utils are not installed and could not be" >&2
    exit 2
}
. tests/servers/command.sh
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
server=
finish() {
    local status=$?
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    printf 'openldap: %s\n' "$*" >&2
    exit 1
}

export FOREST_PASSWORD=secret
suffix=DC=abc,DC=example
modules=/usr/lib/ldap
mkdir "$work/db"
sed -e '/^overlay refint/,$d' -e '/^index @LINKS@/d' -e '/refint/d' -e "s#@HERE@#$root/tests/servers/slapd#" \
    -e "s#@WORK@#$work#" -e "s#@MODULES@#$modules#" -e "s#@SUFFIX@#$suffix#" -e "s#@PASSWORD@#$FOREST_PASSWORD#" \
    tests/servers/slapd/slapd.conf >"$work/slapd.conf"
printf 'index modifyTimestamp,entryUUID eq\n' >>"$work/slapd.conf"
python3 tests/servers/slapd/compare.py content examples/abc-xyz/abc.ldif >"$work/abc.ldif"
slapadd -f "$work/slapd.conf" -b "$suffix" -l "$work/abc.ldif" >"$work/log" 2>&1 || fail "slapadd: $(tail -n 3 "$work/log")"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ulimit -n 4096 2>/dev/null || true
slapd -h "ldap://127.0.0.1:$port/" -f "$work/slapd.conf" -d 0 >"$work/log" 2>&1 &
server=$!
as=(-x -H "ldap://127.0.0.1:$port/" -D "cn=judge,$suffix" -w "$FOREST_PASSWORD")
for _ in $(seq 100); do
    ldapsearch "${as[@]}" -s base -b "" -LLL 1.1 >/dev/null 2>&1 && break
    sleep 0.1
done

cp examples/abc-xyz/xyz.ldif "$work/xyz.ldif"
cat >"$work/madrigal.toml" <<TOML
[connector.abc]
type = "ldap"
url = "ldap://127.0.0.1:$port"
insecure = true
domains = ["$suffix"]
bind = { dn = "cn=judge,$suffix", password = { env = "FOREST_PASSWORD" } }
mail-domains = ["abc.example"]

[connector.xyz]
type = "ldif"
path = "xyz.ldif"
mail-domains = ["xyz.example"]
container = "OU=Address List,DC=xyz,DC=example"

[[share]]
from = "abc"
to = ["xyz"]
rules = "galsync"
TOML

# Runs and prints the planned changes, by kind.
run() {
    local status=0
    "$madrigal" --format json run -c "$work/madrigal.toml" --now 2026-03-02T08:00 "$@" >"$work/report" 2>"$work/errors" || status=$?
    ((status <= 1)) || fail "run ended with $status: $(tail -n 3 "$work/report" "$work/errors")"
    tail -n 1 "$work/report" | python3 -c '
import json, sys
print(" ".join(f"{kind} {count}" for kind, count in json.load(sys.stdin)["planned"].items() if count) or "nothing")'
}

expect() {
    local what=$1 expected=$2 found=$3
    [[ $found == "$expected" ]] || fail "$what: planned '$found', expected '$expected'"
    echo "openldap: $what: $found"
}

found=$(run)
[[ $found == "add "* ]] || fail "first load: $found"
echo "openldap: first load: $found"
expect "a second run" nothing "$(run)"
jed=$(ldapsearch "${as[@]}" -LLL -o ldif-wrap=no -b "$suffix" '(&(cn=Jed Hill)(telephoneNumber=*))' 1.1 | sed -n 's/^dn: //p' | head -n 1)
ldapmodify "${as[@]}" >/dev/null <<LDIF
dn: $jed
changetype: modify
replace: telephoneNumber
telephoneNumber: +49 30 1234 5678
LDIF
expect "a changed value" "modify 1" "$(run)"
grep -q 'telephoneNumber: +49 30 1234 5678' "$work/xyz.ldif" || fail "the contact does not have it"
ldapmodify "${as[@]}" >/dev/null <<LDIF
dn: $jed
changetype: modify
delete: title
LDIF
expect "a value removed" "modify 1" "$(run)"
ldapdelete "${as[@]}" "$jed"
expect "a delete, before a full import" nothing "$(run)"
# Whoever refers to the one that went changes too.
found=$(run --full)
[[ $found == *"hide 1" ]] || fail "a delete, by a full import: $found"
echo "openldap: a delete, by a full import: $found"
expect "the run after" nothing "$(run)"
