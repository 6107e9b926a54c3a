#!/bin/sh
# Installs Samba as a domain controller, and OpenLDAP's clients, where they are missing (Debian and its kin); starts no
# service.
set -eu
PATH=$PATH:/usr/sbin:/sbin
modules=$(find /usr/lib -name dirsync.so -path '*samba/ldb*' 2>/dev/null | head -n 1)
if command -v samba > /dev/null && [ -n "$modules" ] && [ -e /usr/share/samba/setup/provision.ldif ] \
    && command -v ldapmodify > /dev/null && command -v openssl > /dev/null; then
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
    apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends \
        samba samba-ad-provision samba-dsdb-modules ldap-utils openssl > /dev/null 2>&1
}
install || { apt-get update -q -o DPkg::Lock::Timeout=300 > /dev/null && install; } || status=1
[ -z "$made" ] || rm -f "$policy"
exit "$status"
