#!/bin/sh
# Installs Chromium where it is missing (Debian and its kin).
set -eu
command -v chromium > /dev/null && exit 0
. "$(dirname "$0")/../servers/packages.sh"
install_packages chromium fonts-dejavu-core
