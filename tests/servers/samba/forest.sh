#!/usr/bin/env bash
# Starts and stops forests of Samba for tests. Meant to be read in:  . tests/servers/samba/forest.sh
#
#   forest_template NAME ADDRESS [bare]   makes the forest NAME.example once, as an archive in $FORESTS/templates
#   forest_reset NAME ADDRESS             a fresh copy, running
#   forest_start NAME ADDRESS             starts it again as it was left
#   forest_stop NAME [SIGNAL]             stops it
#
# FORESTS is a folder that belongs to the caller. Port 389 and 636 of the address are used.
samba_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly forest_password=Passw0rd.1

forest_template() {
    local name=$1 address=$2 kind=${3:-} archive="$FORESTS/templates/$1.tgz" work="$FORESTS/templates/$1"
    [[ -f $archive ]] && return
    rm -rf "$work"
    mkdir -p "$FORESTS/templates"
    if ! /usr/bin/python3 "$samba_folder/forest.py" "$work" "$name.example" "${name^^}" "$address" \
        "$forest_password" $kind >"$work.log" 2>&1; then
        tail -n 20 "$work.log" >&2
        return 1
    fi
    # The folder's own place stands only in the configuration.
    sed -i "s#$work#@FOLDER@#g" "$work/etc/smb.conf"
    tar czf "$archive.part" -C "$work" .
    mv "$archive.part" "$archive"
    rm -rf "$work"
}

forest_reset() {
    local name=$1 address=$2 folder="$FORESTS/$1"
    forest_stop "$name" KILL
    rm -rf "$folder"
    mkdir -p "$folder"
    tar xzf "$FORESTS/templates/$name.tgz" -C "$folder"
    sed -i "s#@FOLDER@#$folder#g" "$folder/etc/smb.conf"
    forest_start "$name" "$address"
}

forest_start() {
    local name=$1 address=$2 folder="$FORESTS/$1" waited=0
    setsid samba -s "$folder/etc/smb.conf" -i -M single --debug-stdout >>"$folder/log/stdout" 2>&1 </dev/null &
    echo $! >"$folder/run/started"
    until ldapsearch -x -LLL -H "ldap://$address" -s base -b '' defaultNamingContext >/dev/null 2>&1; do
        waited=$((waited + 1))
        if ((waited > 300)) || ! kill -0 "$(cat "$folder/run/started")" 2>/dev/null; then
            echo "forest $name does not start:" >&2
            tail -n 20 "$folder/log/stdout" >&2
            return 1
        fi
        sleep 0.1
    done
}

forest_stop() {
    local name=$1 signal=${2:-TERM} file="$FORESTS/$1/run/started" process waited=0
    [[ -f $file ]] || return 0
    process=$(cat "$file")
    rm -f "$file"
    kill "-$signal" "$process" 2>/dev/null || return 0
    # It is waited for: whoever stopped it wants its port.
    while kill -0 "$process" 2>/dev/null && ((waited < 100)); do
        grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null && break
        waited=$((waited + 1))
        sleep 0.05
    done
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
}
