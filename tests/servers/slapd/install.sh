#!/bin/sh
# Installs slapd and ldap-utils where they are missing (Debian and its kin), and starts no service.
set -eu
PATH=$PATH:/usr/sbin:/sbin
if command -v slapd > /dev/null && command -v slapadd > /dev/null && command -v ldapmodify > /dev/null; then
    exit 0
fi
command -v apt-get > /dev/null || exit 1
[ "$(id -u)" = 0 ] || exit 1
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    made=1
fi
status=0
export DEBIAN_FRONTEND=noninteractive
install() {
    apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends slapd ldap-utils > /dev/null
}
install || { apt-get update -q -o DPkg::Lock::Timeout=300 > /dev/null && install; } || status=1
[ -z "$made" ] || rm -f "$policy"
exit "$status"
