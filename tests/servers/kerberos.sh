#!/usr/bin/env bash
# Binding by Kerberos: a forest of Samba with its key distribution centre is checked, read and written with a ticket, with
# a key table, and with what is none or a wrong one. Needs a binary with the feature gssapi: KERBEROS_MADRIGAL names one,
# else it is built.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. tests/servers/packages.sh
tests/servers/samba/install.sh || {
    echo "kerberos: Samba and ldap-utils are not installed and could not be" >&2
    exit 2
}
{ command -v kinit && command -v ktutil; } >/dev/null || install_packages krb5-user
madrigal=${KERBEROS_MADRIGAL:-}
if [[ -z $madrigal ]]; then
    # What builds it: the headers of MIT Kerberos, and libclang with its own headers.
    { [[ -e /usr/include/gssapi/gssapi.h ]] && compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null; } ||
        install_packages libkrb5-dev libclang-dev
    # Nothing else looks at what only this feature brings.
    cargo clippy --quiet -p madrigal-ldap -p madrigal --features gssapi --all-targets -- -D warnings
    cargo test --quiet -p madrigal-ldap --features gssapi --lib kerberos
    cargo build --quiet --features gssapi --bin madrigal
    madrigal=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/madrigal
fi
PATH=$PATH:/usr/sbin:/sbin
kept=${FORESTS:-}
export FORESTS=${kept:-$(mktemp -d)}
work=$(mktemp -d)
. tests/servers/samba/forest.sh
finish() {
    local status=$?
    forest_stop kdc KILL
    [[ -n $kept ]] || rm -rf "$FORESTS"
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    printf 'kerberos: %s\n' "$*" >&2
    exit 1
}

address=127.0.0.17
forest_template kdc "$address"
forest_reset kdc "$address"
ldapmodify -x -H "ldap://$address" -D administrator@kdc.example -w "$forest_password" >/dev/null <<LDIF
dn: CN=DC1,OU=Domain Controllers,DC=kdc,DC=example
changetype: modify
add: servicePrincipalName
servicePrincipalName: ldap/dc1.kdc.example

dn: CN=svc-reader,CN=Users,DC=kdc,DC=example
changetype: modify
add: servicePrincipalName
servicePrincipalName: ldap/dc8.kdc.example

dn: CN=Kim Dahl,CN=Users,DC=kdc,DC=example
changetype: add
objectClass: user
sAMAccountName: kim
displayName: Kim Dahl
mail: kim@kdc.example
mailNickname: kim
proxyAddresses: SMTP:kim@kdc.example
legacyExchangeDN: /o=Test/ou=Exchange/cn=Recipients/cn=kim
msExchHomeServerName: /o=Test/ou=Exchange/cn=Configuration/cn=Servers/cn=MBX1
msExchRecipientTypeDetails: 1
msExchRecipientDisplayType: 1073741824
LDIF
forest_stop kdc
sed -i -e 's/server services = ldap/server services = ldap, kdc/' -e 's/require strong auth = no/require strong auth = allow_sasl_over_tls/' \
    "$FORESTS/kdc/etc/smb.conf"
forest_start kdc "$address"

# What Kerberos reads: the realm's server is found at this address.
krb5_conf() {
    cat >"$work/krb5.conf" <<CONF
[libdefaults]
    default_realm = KDC.EXAMPLE
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    KDC.EXAMPLE = {
        kdc = $1
    }
[domain_realm]
    .kdc.example = KDC.EXAMPLE
CONF
}
export KRB5_CONFIG="$work/krb5.conf" KRB5CCNAME="FILE:$work/tickets"
unset KRB5_CLIENT_KTNAME
krb5_conf "$address"
cp examples/abc-xyz/xyz.ldif "$work/xyz.ldif"

# configuration SCHEME HOST: the connector's scheme, and the server's name in Kerberos.
configuration() {
    cat >"$work/madrigal.toml" <<TOML
[connector.kdc]
type = "active-directory"
url = "$1://$address"
ca-file = "$FORESTS/kdc/private/tls/ca.pem"
bind = { kerberos = true, kerberos-host = "$2" }
mail-domains = ["kdc.example"]
container = "OU=Address List,DC=kdc,DC=example"

[connector.xyz]
type = "ldif"
path = "xyz.ldif"
mail-domains = ["xyz.example"]
container = "OU=Address List,DC=xyz,DC=example"

[[share]]
from = "kdc"
to = ["xyz"]

[[share]]
from = "xyz"
to = ["kdc"]
TOML
}

# ticket ACCOUNT [ARGUMENT...]: a ticket of this account, and no other.
ticket() {
    local account=$1
    shift
    rm -f "$work/tickets"
    echo "$forest_password" | kinit "$@" "$account@KDC.EXAMPLE" >"$work/said" 2>&1 ||
        fail "no ticket of $account: $(cat "$work/said")"
}

# check WHAT WORDS...: `check` says all of them.
check() {
    local what=$1 shown words
    shift
    shown=$("$madrigal" check -c "$work/madrigal.toml" 2>&1) || true
    for words in "$@"; do
        grep -qF -- "$words" <<<"$shown" || fail "$what: check does not say '$words': $shown"
    done
    echo "kerberos: $what"
}

# run STATUS: a run ends so.
run() {
    local status=0
    "$madrigal" run -c "$work/madrigal.toml" --format json --now 2026-03-02T08:00 >"$work/report" 2>&1 || status=$?
    [[ $status == "$1" ]] || fail "run ended with $status: $(tail -n 3 "$work/report")"
}

# planned: what the last run planned, by kind.
planned() {
    tail -n 1 "$work/report" | python3 -c '
import json, sys
print(" ".join(f"{kind} {count}" for kind, count in json.load(sys.stdin)["planned"].items() if count) or "nothing")'
}

contacts() {
    ldapsearch -x -H "ldap://$address" -D administrator@kdc.example -w "$forest_password" -LLL -ZZ \
        -b "OU=Address List,DC=kdc,DC=example" '(&(objectClass=contact)(adminDescription=madrigal/*))' 1.1 | grep -c '^dn:' || true
}
export LDAPTLS_CACERT="$FORESTS/kdc/private/tls/ca.pem" LDAPTLS_REQCERT=allow

configuration ldaps dc1.kdc.example
check "without a ticket" "MDR-D025 binding to dc1.kdc.example by Kerberos" "No Kerberos credentials available" "Get a ticket (kinit)"
run 4
grep -q MDR-D025 "$work/report" || fail "a run without a ticket does not say why: $(tail -n 3 "$work/report")"

ticket svc-madrigal
check "with a ticket, over ldaps" "contacts can be made in OU=Address List"
configuration ldap dc1.kdc.example
check "with a ticket, by StartTLS" "contacts can be made in OU=Address List"
run 0
[[ $(planned) == "add "* ]] || fail "the first load: $(planned)"
grep -q 'Kim Dahl' "$work/xyz.ldif" || fail "whom the forest has did not arrive"
[[ $(contacts) -gt 20 ]] || fail "contacts were not written: $(contacts)"
echo "kerberos: the forest is read, and $(contacts) contacts are written to it"

rm -f "$work/tickets"
printf 'addent -password -p svc-madrigal@KDC.EXAMPLE -k 1 -e aes256-cts-hmac-sha1-96\n%s\nwkt %s\n' \
    "$forest_password" "$work/keys" | ktutil >/dev/null
export KRB5_CLIENT_KTNAME="FILE:$work/keys"
KRB5CCNAME=MEMORY: run 0
[[ $(planned) == nothing ]] || fail "a second run, by a key table: $(planned)"
echo "kerberos: by a key table, nothing is left to do"
rm -f "$work/tickets" "$work/keys"
printf 'addent -password -p svc-madrigal@KDC.EXAMPLE -k 1 -e aes256-cts-hmac-sha1-96\n%s\nwkt %s\n' \
    "$forest_password-of-yore" "$work/keys" | ktutil >/dev/null
check "a key table that is out of date" "MDR-D025" "Make the key table anew"
unset KRB5_CLIENT_KTNAME

ticket svc-reader
check "the ticket says who we are" "the account may not make contacts in OU=Address List"
configuration ldaps dc9.kdc.example
check "a server that the directory does not know" "MDR-D025 binding to dc9.kdc.example by Kerberos" "Set \`kerberos-host\`"
configuration ldaps dc8.kdc.example
check "a ticket for somebody else's service" "MDR-D003 binding to dc8.kdc.example by Kerberos"
configuration ldaps dc1.kdc.example
ticket svc-madrigal -l 2s
sleep 3
check "a ticket that has expired" "MDR-D025" "Get a new ticket (kinit)"
ticket svc-madrigal
krb5_conf 127.0.0.1:9
check "a realm whose server does not answer" "MDR-D025" "names the realm's servers"
