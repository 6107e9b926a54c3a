#!/usr/bin/env bash
# Measures the LDAP connector on real servers, beside plain tools on the same: entries and operations a second, and the
# connector's own processor time. Nothing is judged.
#
#   tests/servers/bench.sh                    OpenLDAP with 100,000 people
#   tests/servers/bench.sh openldap 20000     the same with fewer
#   tests/servers/bench.sh samba 10000        a forest of Samba with so many
#   tests/servers/bench.sh cycle 20000        whole commands, from one OpenLDAP into another; MADRIGAL names the binary
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
kind=${1:-openldap} people=${2:-100000}
# BENCH names a built example; else it is built.
bench=${BENCH:-}
if [[ -z $bench && $kind != cycle ]]; then
    cargo build --quiet --release -p madrigal-ldap --example bench
    bench=$(realpath "${CARGO_TARGET_DIR:-target}")/release/examples/bench
fi
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
servers=()
export FORESTS="$work/forests"
. tests/servers/samba/forest.sh
finish() {
    local status=$?
    [[ ${#servers[@]} = 0 ]] || kill "${servers[@]}" 2>/dev/null || true
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

# start_slapd SUFFIX LDIF: a server with this in it; `url` is where.
start_slapd() {
    local suffix=$1 ldif=$2 here="$work/${#servers[@]}" port
    tests/servers/slapd/install.sh
    mkdir -p "$here/db"
    sed -e '/^overlay refint/,$d' -e '/^index @LINKS@/d' -e '/refint/d' -e "s#@HERE@#$root/tests/servers/slapd#" \
        -e "s#@WORK@#$here#" -e "s#@MODULES@#/usr/lib/ldap#" -e "s#@SUFFIX@#$suffix#" -e "s#@PASSWORD@#secret#" \
        tests/servers/slapd/slapd.conf >"$here/slapd.conf"
    printf 'index modifyTimestamp,entryUUID eq\n' >>"$here/slapd.conf"
    slapadd -q -f "$here/slapd.conf" -b "$suffix" -l "$ldif" >"$here/log" 2>&1 || { tail -n 3 "$here/log" >&2; return 1; }
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    url="ldap://127.0.0.1:$port"
    ulimit -n 4096 2>/dev/null || true
    slapd -h "$url/" -f "$here/slapd.conf" -d 0 >"$here/log" 2>&1 &
    servers+=($!)
    until ldapsearch -x -H "$url" -s base -b "" -LLL 1.1 >/dev/null 2>&1; do sleep 0.1; done
}

# ABC's people, as an LDIF that a server loads.
people() {
    examples/abc-xyz/generate.py --people "$((people * 2))" --out "$work/people" >/dev/null
    # They were changed last some time ago: what was changed within two minutes is read again.
    python3 tests/servers/slapd/compare.py content "$work/people/abc.ldif" |
        awk '{ print } /^dn:/ { print "modifyTimestamp: 20200101000000Z" }' >"$work/abc.ldif"
    rm -rf "$work/people"
}

openldap() {
    local suffix=DC=abc,DC=example url
    people
    start_slapd "$suffix" "$work/abc.ldif"
    export BENCH_PASSWORD=secret
    ldapadd -x -H "$url" -D "cn=judge,$suffix" -w secret >/dev/null <<LDIF
dn: OU=Raw,$suffix
objectClass: organizationalUnit

dn: OU=Bench,$suffix
objectClass: organizationalUnit
LDIF
    plain "$url" "cn=judge,$suffix" "$suffix"
    python3 tests/servers/slapd/raw_adds.py 127.0.0.1 "${url##*:}" "cn=judge,$suffix" secret "OU=Raw,$suffix" "$((people / 5))"
    "$bench" "$url" "cn=judge,$suffix" ldap "$suffix" "OU=Bench,$suffix" "$((people / 5))"
}

# measure NAME COMMAND...: runs it and prints a row.
measure() {
    local name=$1
    shift
    python3 - "$name" "$@" <<'PYTHON'
import json, resource, subprocess, sys, time
name, command = sys.argv[1], sys.argv[2:]
began = time.monotonic()
done = subprocess.run(command, capture_output=True, text=True)
wall = time.monotonic() - began
if done.returncode not in (0, 1):
    sys.exit(f"{name} ended with {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
planned = json.loads(done.stdout.splitlines()[-1])["planned"]
planned = " ".join(f"{kind} {count}" for kind, count in planned.items() if count) or "nothing"
print(f"{name:<16} {wall:7.2f} s, {used.ru_utime + used.ru_stime:6.2f} s of processor time, {used.ru_maxrss / 1024:5.0f} MB: {planned}")
PYTHON
}

cycle() {
    local abc=DC=abc,DC=example xyz=DC=xyz,DC=example source target
    . tests/servers/command.sh
    people
    start_slapd "$abc" "$work/abc.ldif"
    source=$url
    printf 'dn: %s\nobjectClass: domainDNS\ndc: xyz\n\ndn: OU=%s,%s\nobjectClass: organizationalUnit\n\n' \
        "$xyz" "Address List" "$xyz" >"$work/xyz.ldif"
    printf 'dn: OU=Raw,%s\nobjectClass: organizationalUnit\n' "$xyz" >>"$work/xyz.ldif"
    start_slapd "$xyz" "$work/xyz.ldif"
    target=$url
    export BENCH_PASSWORD=secret
    connector() {
        printf '[connector.%s]\ntype = "ldap"\nurl = "%s"\ninsecure = true\ndomains = ["%s"]\n' "$1" "$2" "$3"
        printf 'bind = { dn = "cn=judge,%s", password = { env = "BENCH_PASSWORD" } }\n' "$3"
        printf 'mail-domains = ["%s.example"]\n%s\n\n' "$1" "$4"
    }
    {
        connector abc "$source" "$abc" ""
        connector xyz "$target" "$xyz" "container = \"OU=Address List,$xyz\""
        printf '[[share]]\nfrom = "abc"\nto = ["xyz"]\nrules = "galsync"\n'
    } >"$work/madrigal.toml"
    plain "$source" "cn=judge,$abc" "$abc"
    python3 tests/servers/slapd/raw_adds.py 127.0.0.1 "${target##*:}" "cn=judge,$xyz" secret "OU=Raw,$xyz" "$people"
    measure preview "$madrigal" preview -c "$work/madrigal.toml" --format json
    measure "first run" "$madrigal" run -c "$work/madrigal.toml" --format json
    # What was written within two minutes is read again.
    sleep 125
    measure "no change" "$madrigal" run -c "$work/madrigal.toml" --format json
    ldapsearch -x -H "$source" -D "cn=judge,$abc" -w secret -b "$abc" -LLL -o ldif-wrap=no \
        '(&(objectClass=user)(telephoneNumber=*)(mail=*))' 1.1 |
        awk '/^dn:/ && made++ < 100 { print $0 "\nchangetype: modify\nreplace: title\ntitle: Changed\n" }' >"$work/changes"
    ldapmodify -x -H "$source" -D "cn=judge,$abc" -w secret -f "$work/changes" >/dev/null
    measure "100 changes" "$madrigal" run -c "$work/madrigal.toml" --format json
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
