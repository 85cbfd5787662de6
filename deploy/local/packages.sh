#!/usr/bin/env bash
# Debian packages: asked first, installed only where one is missing. Sourced by stack.sh and test.sh.

# packages_for build run …: names from packages.txt.
packages_for() {
    local when
    for when in "$@"; do
        sed -n "s/^\([a-z0-9.+-]*\) *# $when:.*/\1/p" "$SW_ROOT/deploy/local/packages.txt"
    done
}

# npm and nodejs also count where they came another way (one package of another vendor holds both).
have_package() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]] && return 0
    case $1 in
        npm) command -v npm >/dev/null ;;
        nodejs) command -v node >/dev/null ;;
        *) return 1 ;;
    esac
}

missing_packages() {
    local name
    for name in $(packages_for "$@"); do
        have_package "$name" || printf '%s\n' "$name"
    done
}

# install_packages GROUP…: answers false, with one line said, where it cannot.
install_packages() {
    local missing log="$SW_HOME/log/apt.log" ok=true
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if [[ $EUID -ne 0 ]]; then
        say "missing Debian packages, run as root or: apt-get install ${missing[*]}"
        return 1
    fi
    say "installing Debian packages: ${missing[*]}"
    keep_system_servers_off
    apt-get update >"$log" 2>&1 || true # what is in the lists already may do
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold \
        "${missing[@]}" >>"$log" 2>&1 || ok=false
    if [[ -n ${SW_POLICY_RC_D:-} ]]; then rm -f "$SW_POLICY_RC_D"; fi
    $ok || say "apt-get could not install ${missing[*]} (see $log)"
    $ok
}

# The packages would make and start servers of the system's own; only the programs are wanted.
keep_system_servers_off() {
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        SW_POLICY_RC_D=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$SW_POLICY_RC_D"
        chmod 755 "$SW_POLICY_RC_D"
    fi
    if ! have_package postgresql-15 && [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
}
