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
. "$(dirname "$0")/../packages.sh"
install_packages samba samba-ad-provision samba-dsdb-modules ldap-utils openssl
