#!/usr/bin/env bash
# Measures the LDAP connector on real servers, beside plain tools on the same: entries and operations a second, and the
# connector's own processor time. Nothing is judged.
#
#   tests/servers/bench.sh                    OpenLDAP with 100,000 people
#   tests/servers/bench.sh openldap 20000     the same with fewer
#   tests/servers/bench.sh samba 10000        a forest of Samba with so many
#   tests/servers/bench.sh cycle 20000        whole commands, from one OpenLDAP into another; MADRIGAL names the binary
#   tests/servers/bench.sh forests 10000      the same from one forest of Samba into another
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
kind=${1:-openldap} people=${2:-100000}
# BENCH names a built example; else it is built.
bench=${BENCH:-}
if [[ -z $bench && $kind != cycle && $kind != forests ]]; then
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
    forest_stop other KILL
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

attributes=(objectClass cn displayName givenName sn title department company mail mailNickname proxyAddresses
    targetAddress legacyExchangeDN telephoneNumber mobile l st c co countryCode postalCode streetAddress
    physicalDeliveryOfficeName manager member msExchHideFromAddressLists msExchRecipientTypeDetails
    msExchRecipientDisplayType msRTCSIP-PrimaryUserAddress adminDescription)

# What ldapsearch needs for the same entries, thrown away: in pages, or as the control says that is named.
plain() {
    local began control=${4:-pr=1000/noprompt} name=${5:-ldapsearch}
    began=$(date +%s.%N)
    ldapsearch -x -H "$1" -D "$2" -w "$BENCH_PASSWORD" -b "$3" -LLL -o ldif-wrap=no -E "$control" \
        '(objectClass=*)' "${attributes[@]}" >"$work/plain"
    rate "$name" "$began" "$work/plain"
    rm -f "$work/plain"
}

# rate NAME BEGAN LDIF: how fast what stands in the file went.
rate() {
    awk -v name="$1" -v began="$2" -v ended="$(date +%s.%N)" '/^dn:/ { count++ } END {
        seconds = ended - began
        printf "%-16s %8d in %7.2f s, %9.0f a second\n", name, count, seconds, count / seconds
    }' "$3"
}

# written URL NAME LDIF: ldapadd does the same.
written() {
    local began
    began=$(date +%s.%N)
    ldapadd -x -H "$1" -D "$2" -w "$BENCH_PASSWORD" -f "$3" >/dev/null
    rate ldapadd "$began" "$3"
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

# The forests of Samba: one with people, one for their contacts.
readonly source_address=127.0.0.16 target_address=127.0.0.18

forest_of_people() {
    tests/servers/samba/install.sh
    forest_template bench "$source_address"
    forest_reset bench "$source_address"
    export BENCH_PASSWORD=$forest_password
    /usr/bin/python3 tests/servers/samba/bulk.py "$FORESTS/bench/etc/smb.conf" "$people"
}

samba() {
    local url="ldap://$source_address" administrator=administrator@bench.example suffix=DC=bench,DC=example
    local sync=svc-madrigal@bench.example
    forest_of_people
    printf 'dn: OU=Raw,%s\nobjectClass: organizationalUnit\n' "$suffix" |
        ldapadd -x -H "$url" -D "$administrator" -w "$BENCH_PASSWORD" >/dev/null
    plain "$url" "$administrator" "$suffix"
    plain "$url" "$sync" "$suffix" '!dirSync=1/16777216' "by DirSync"
    # Three tools add the same, each where the one before has stopped: the more there is, the slower Samba becomes.
    for number in $(seq 2000); do
        printf 'dn: CN=Plain %s,OU=Raw,%s\nobjectClass: contact\ndisplayName: Plain %s\n' "$number" "$suffix" "$number"
        printf 'mail: plain%s@bench.example\nproxyAddresses: SMTP:plain%s@bench.example\n' "$number" "$number"
        printf 'telephoneNumber: +1 555 %s\n\n' "$number"
    done >"$work/plain-adds"
    written "$url" "$administrator" "$work/plain-adds"
    python3 tests/servers/slapd/raw_adds.py "$source_address" 389 "$administrator" "$BENCH_PASSWORD" "OU=Raw,$suffix" 2000
    "$bench" "$url" "$sync" active-directory "$suffix" "OU=Address List,$suffix" 2000
}

forests() {
    local suffix=DC=bench,DC=example there=DC=other,DC=example administrator=administrator@other.example number
    . tests/servers/command.sh
    forest_of_people
    forest_template other "$target_address"
    forest_reset other "$target_address"
    connector() {
        printf '[connector.%s]\ntype = "active-directory"\nurl = "ldap://%s"\ninsecure = true\n' "$1" "$2"
        printf 'bind = { dn = "svc-madrigal@%s.example", password = { env = "BENCH_PASSWORD" } }\n' "$1"
        printf 'mail-domains = ["%s.example"]\ncontainer = "OU=Address List,DC=%s,DC=example"\n\n' "$1" "$1"
    }
    {
        connector bench "$source_address"
        connector other "$target_address"
        printf '[[share]]\nfrom = "bench"\nto = ["other"]\nrules = "galsync"\n'
    } >"$work/madrigal.toml"
    plain "ldap://$source_address" administrator@bench.example "$suffix"
    measure preview "$madrigal" preview -c "$work/madrigal.toml" --format json
    measure "first run" "$madrigal" run -c "$work/madrigal.toml" --format json
    measure "no change" "$madrigal" run -c "$work/madrigal.toml" --format json
    for number in $(seq 100); do
        printf 'dn: CN=User %s,OU=Load,%s\nchangetype: modify\nreplace: title\ntitle: Changed\n\n' "$number" "$suffix"
    done >"$work/changes"
    ldapmodify -x -H "ldap://$source_address" -D administrator@bench.example -w "$BENCH_PASSWORD" -f "$work/changes" >/dev/null
    measure "100 changes" "$madrigal" run -c "$work/madrigal.toml" --format json
    # The same contacts, by a plain tool, into the forest as it was.
    ldapsearch -x -H "ldap://$target_address" -D "$administrator" -w "$BENCH_PASSWORD" -LLL -o ldif-wrap=no \
        -b "OU=Address List,$there" '(objectClass=contact)' '*' |
        grep -vE '^(instanceType|when(Created|Changed)|uSN(Created|Changed)|objectGUID|distinguishedName|name|cn|objectCategory|dSCorePropagationData|#)' \
            >"$work/contacts"
    forest_reset other "$target_address"
    written "ldap://$target_address" "$administrator" "$work/contacts"
    forest_reset other "$target_address"
    printf 'dn: OU=Raw,%s\nobjectClass: organizationalUnit\n' "$there" |
        ldapadd -x -H "ldap://$target_address" -D "$administrator" -w "$BENCH_PASSWORD" >/dev/null
    python3 tests/servers/slapd/raw_adds.py "$target_address" 389 "$administrator" "$BENCH_PASSWORD" "OU=Raw,$there" "$people"
}

echo "$kind, $people people"
"$kind"
