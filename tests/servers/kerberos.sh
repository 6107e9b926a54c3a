#!/usr/bin/env bash
# Binding by Kerberos: a forest of Samba with its key distribution centre, which takes no password without TLS, is read
# with a ticket, and with none. Needs a binary with the feature gssapi: MADRIGAL names one, else it is built.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. tests/servers/packages.sh
tests/servers/samba/install.sh || {
    echo "kerberos: Samba and ldap-utils are not installed and could not be" >&2
    exit 2
}
command -v kinit >/dev/null || install_packages krb5-user
madrigal=${MADRIGAL:-}
if [[ -z $madrigal ]]; then
    { [[ -e /usr/include/gssapi/gssapi.h ]] && ls /usr/lib/*/libclang*.so* >/dev/null 2>&1; } || install_packages libkrb5-dev libclang-dev
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
LDIF
forest_stop kdc
sed -i -e 's/server services = ldap/server services = ldap, kdc/' -e 's/require strong auth = no/require strong auth = yes/' \
    "$FORESTS/kdc/etc/smb.conf"
forest_start kdc "$address"

cat >"$work/krb5.conf" <<CONF
[libdefaults]
    default_realm = KDC.EXAMPLE
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    KDC.EXAMPLE = { kdc = $address }
[domain_realm]
    .kdc.example = KDC.EXAMPLE
CONF
export KRB5_CONFIG="$work/krb5.conf" KRB5CCNAME="FILE:$work/tickets"
printf 'version: 1\n' >"$work/other.ldif"
cat >"$work/madrigal.toml" <<TOML
[connector.kdc]
type = "active-directory"
url = "ldaps://$address"
ca-file = "$FORESTS/kdc/private/tls/ca.pem"
bind = { kerberos = true, kerberos-host = "dc1.kdc.example" }
mail-domains = ["kdc.example"]
container = "OU=Address List,DC=kdc,DC=example"

[connector.other]
type = "ldif"
path = "other.ldif"
mail-domains = ["other.example"]

[[share]]
from = "other"
to = ["kdc"]
TOML

# check WORDS...: `check` says all of them.
check() {
    local shown words
    shown=$("$madrigal" check -c "$work/madrigal.toml" 2>&1) || true
    for words in "$@"; do
        grep -qF -- "$words" <<<"$shown" || fail "check does not say '$words': $shown"
    done
}

check "MDR-D003" "by Kerberos"
echo "kerberos: without a ticket nothing is read"
echo "$forest_password" | kinit svc-madrigal@KDC.EXAMPLE >/dev/null 2>&1 || fail "no ticket"
check "contacts can be made in OU=Address List"
echo "kerberos: with a ticket over ldaps"
sed -i 's#ldaps://#ldap://#' "$work/madrigal.toml"
check "contacts can be made in OU=Address List"
echo "kerberos: with a ticket and StartTLS"
status=0
"$madrigal" run -c "$work/madrigal.toml" >"$work/report" 2>&1 || status=$?
((status <= 1)) || fail "run ended with $status: $(tail -n 3 "$work/report")"
echo "kerberos: a run"
echo "$forest_password" | kinit svc-reader@KDC.EXAMPLE >/dev/null 2>&1 || fail "no ticket"
check "the account may not make contacts in OU=Address List"
echo "kerberos: the ticket says who we are"
sed -i 's#dc1.kdc.example#dc2.kdc.example#' "$work/madrigal.toml"
check "MDR-D003" "dc2.kdc.example by Kerberos"
echo "kerberos: a service that is not there"
