# Sourced by what installs servers for tests (POSIX shell): Debian and its kin, as root.

# install_packages NAME...: installs Debian packages and starts no service of theirs; fails where it cannot.
install_packages() {
    command -v apt-get > /dev/null && [ "$(id -u)" = 0 ] || return 1
    policy=/usr/sbin/policy-rc.d
    made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod +x "$policy"
        made=1
    fi
    status=0
    export DEBIAN_FRONTEND=noninteractive
    apt_install "$@" || { apt-get update -q -o DPkg::Lock::Timeout=300 > /dev/null && apt_install "$@"; } || status=1
    [ -z "$made" ] || rm -f "$policy"
    return "$status"
}

apt_install() {
    apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends "$@" > /dev/null
}
