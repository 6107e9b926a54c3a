#!/bin/sh
# Installs slapd and ldap-utils where they are missing (Debian and its kin), and starts no service.
set -eu
PATH=$PATH:/usr/sbin:/sbin
if command -v slapd > /dev/null && command -v slapadd > /dev/null && command -v ldapmodify > /dev/null; then
    exit 0
fi
. "$(dirname "$0")/../packages.sh"
install_packages slapd ldap-utils
