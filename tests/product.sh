#!/usr/bin/env bash
# A private instance of the whole product for tests: fresh servers, both services and a tiny demo province under .shouwang/product/NAME.
#
#   tests/product.sh up NAME               starts it; what an earlier run left behind is ended and removed first
#   tests/product.sh run NAME COMMAND…     runs the command on it (addresses below); without `up` before, starts and stops it too
#   tests/product.sh down NAME             stops it and removes its data; with SHOUWANG_KEEP=1 the data stays
#
# The command finds: PRODUCT_HTTP (http://127.0.0.1:port), PRODUCT_GRPC (host:port), PRODUCT_BUS (kafka or embedded), PRODUCT_KAFKA
# (host:port or empty), PRODUCT_STATE, PRODUCT_SECRETS, PRODUCT_DEMO (folder of manifest.json), PRODUCT_TODAY, PRODUCT_BIN.
# SHOUWANG_BUS chooses the bus as it does for ./shouwang. Binaries are taken from build/release as they are.
set -euo pipefail

usage() {
    sed -n '4,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

(($# >= 2)) || usage
verb=$1 name=$2
shift 2
[[ $name =~ ^[a-z0-9_-]{1,20}$ ]] || usage

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
state="$root/.shouwang/product/$name"
export SW_STATE="$state"
export SW_PG_PROFILE=${SW_PG_PROFILE:-test}
export SHOUWANG_DEMO_SCALE=${SHOUWANG_DEMO_SCALE:-0.002}
export SHOUWANG_DEMO_MONTHS=${SHOUWANG_DEMO_MONTHS:-2021-05..2021-06}

# The cluster may stand elsewhere (deploy/local/postgres.sh), and belongs to this instance.
remove_state() {
    (
        # shellcheck source=deploy/local/lib.sh
        source "$root/deploy/local/lib.sh"
        home=$(pg_home)
        rm -rf "${home:?}" "${state:?}"
    )
}

up() {
    if [[ -d $state ]]; then
        "$root/shouwang" down >/dev/null
        remove_state
    fi
    mkdir -p "$state"
    "$root/shouwang" up --no-build
}

down() {
    [[ -d $state ]] || return 0
    "$root/shouwang" down
    [[ ${SHOUWANG_KEEP:-} == 1 ]] || remove_state
}

is_up() { [[ -d $state ]] && "$root/shouwang" status >/dev/null 2>&1; }

port() { sed -n "s/^$1=//p" "$state/ports"; }

run() {
    (($#)) || usage
    if ! is_up; then
        trap down EXIT
        trap 'exit 130' INT TERM
        up
    fi
    PRODUCT_HTTP="http://127.0.0.1:$(port gateway_http)"
    PRODUCT_GRPC="127.0.0.1:$(port gateway_rpc)"
    PRODUCT_BUS=$(cat "$state/config/bus")
    PRODUCT_KAFKA=""
    if [[ $PRODUCT_BUS == kafka ]]; then PRODUCT_KAFKA="127.0.0.1:$(port kafka)"; fi
    PRODUCT_STATE=$state
    PRODUCT_SECRETS="$state/secrets"
    PRODUCT_DEMO="$state/demo/province"
    PRODUCT_TODAY=$(jq -r .today "$PRODUCT_DEMO/manifest.json")
    PRODUCT_BIN="$root/build/release/bin"
    export PRODUCT_HTTP PRODUCT_GRPC PRODUCT_BUS PRODUCT_KAFKA PRODUCT_STATE PRODUCT_SECRETS PRODUCT_DEMO PRODUCT_TODAY PRODUCT_BIN
    # Not exec: where this shell started the product, it must stop it.
    "$@"
}

case $verb in
    up | down | run) "$verb" "$@" ;;
    *) usage ;;
esac
