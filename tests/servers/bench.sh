#!/usr/bin/env bash
# Measures the LDAP connector on real servers, beside plain tools on the same: entries and operations a second, and the
# connector's own processor time. Nothing is judged.
#
#   tests/servers/bench.sh                    OpenLDAP with 100,000 people
#   tests/servers/bench.sh openldap 20000     the same with fewer
#   tests/servers/bench.sh samba 10000        a forest of Samba with so many
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
kind=${1:-openldap} people=${2:-100000}
# BENCH names a built example; else it is built.
bench=${BENCH:-}
if [[ -z $bench ]]; then
    cargo build --quiet --release -p madrigal-ldap --example bench
    bench=$(realpath "${CARGO_TARGET_DIR:-target}")/release/examples/bench
fi
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
server=
export FORESTS="$work/forests"
. tests/servers/samba/forest.sh
finish() {
    local status=$?
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    forest_stop bench KILL
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

attributes=(objectClass cn displayName givenName sn title department company mail mailNickname proxyAddresses
    targetAddress legacyExchangeDN telephoneNumber mobile l st c co countryCode postalCode streetAddress
    physicalDeliveryOfficeName manager member msExchHideFromAddressLists msExchRecipientTypeDetails
    msExchRecipientDisplayType msRTCSIP-PrimaryUserAddress adminDescription)

# What ldapsearch needs for the same entries, thrown away.
plain() {
    local began
    began=$(date +%s.%N)
    ldapsearch -x -H "$1" -D "$2" -w "$BENCH_PASSWORD" -b "$3" -LLL -o ldif-wrap=no -E pr=1000/noprompt \
        '(objectClass=*)' "${attributes[@]}" >"$work/plain"
    awk -v began="$began" -v ended="$(date +%s.%N)" '/^dn:/ { count++ } END {
        seconds = ended - began
        printf "%-16s %8d in %7.2f s, %9.0f a second\n", "ldapsearch", count, seconds, count / seconds
    }' "$work/plain"
    rm -f "$work/plain"
}

openldap() {
    local suffix=DC=abc,DC=example port url
    tests/servers/slapd/install.sh
    mkdir "$work/db"
    sed -e '/^overlay refint/,$d' -e '/^index @LINKS@/d' -e '/refint/d' -e "s#@HERE@#$root/tests/servers/slapd#" \
        -e "s#@WORK@#$work#" -e "s#@MODULES@#/usr/lib/ldap#" -e "s#@SUFFIX@#$suffix#" -e "s#@PASSWORD@#secret#" \
        tests/servers/slapd/slapd.conf >"$work/slapd.conf"
    printf 'index modifyTimestamp,entryUUID eq\n' >>"$work/slapd.conf"
    examples/abc-xyz/generate.py --people "$((people * 2))" --out "$work/people" >/dev/null
    python3 tests/servers/slapd/compare.py content "$work/people/abc.ldif" >"$work/abc.ldif"
    slapadd -q -f "$work/slapd.conf" -b "$suffix" -l "$work/abc.ldif" >"$work/log" 2>&1
    rm -rf "$work/people" "$work/abc.ldif"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    url="ldap://127.0.0.1:$port"
    ulimit -n 4096 2>/dev/null || true
    slapd -h "$url/" -f "$work/slapd.conf" -d 0 >"$work/log" 2>&1 &
    server=$!
    export BENCH_PASSWORD=secret
    until ldapsearch -x -H "$url" -s base -b "" -LLL 1.1 >/dev/null 2>&1; do sleep 0.1; done
    ldapadd -x -H "$url" -D "cn=judge,$suffix" -w secret >/dev/null <<LDIF
dn: OU=Raw,$suffix
objectClass: organizationalUnit

dn: OU=Bench,$suffix
objectClass: organizationalUnit
LDIF
    plain "$url" "cn=judge,$suffix" "$suffix"
    python3 tests/servers/slapd/raw_adds.py 127.0.0.1 "$port" "cn=judge,$suffix" secret "OU=Raw,$suffix" "$((people / 5))"
    "$bench" "$url" "cn=judge,$suffix" ldap "$suffix" "OU=Bench,$suffix" "$((people / 5))"
}

samba() {
    local address=127.0.0.16 suffix=DC=bench,DC=example
    tests/servers/samba/install.sh
    forest_template bench "$address"
    forest_reset bench "$address"
    export BENCH_PASSWORD=$forest_password
    /usr/bin/python3 tests/servers/samba/bulk.py "$FORESTS/bench/etc/smb.conf" "$people"
    ldapadd -x -H "ldap://$address" -D administrator@bench.example -w "$BENCH_PASSWORD" >/dev/null <<LDIF
dn: OU=Raw,$suffix
objectClass: organizationalUnit
LDIF
    plain "ldap://$address" administrator@bench.example "$suffix"
    python3 tests/servers/slapd/raw_adds.py "$address" 389 administrator@bench.example "$BENCH_PASSWORD" "OU=Raw,$suffix" 2000
    "$bench" "ldap://$address" svc-madrigal@bench.example active-directory "$suffix" "OU=Address List,$suffix" 2000
}

echo "$kind, $people people"
"$kind"
