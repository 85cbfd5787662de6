#!/usr/bin/env bash
# Builds the binaries and the console. Sourced by stack.sh and test.sh.

SW_BUILD="$SW_ROOT/build/release"
# shellcheck disable=SC2034  # read by services.sh and demo.sh
SW_BIN="$SW_BUILD/bin"
SW_CONSOLE="$SW_ROOT/services/gateway/console"
# Objects are found again from any checkout: paths count from its root, and the folder is no part of the key.
export CCACHE_BASEDIR="$SW_ROOT" CCACHE_NOHASHDIR=1

# build_targets TARGET… (none = everything, tests too)
build_targets() {
    local log="$SW_HOME/log/build.log"
    say "building (see $log)"
    if [[ ! -f $SW_BUILD/build.ninja ]]; then
        (cd "$SW_ROOT" && cmake --preset release) >"$log" 2>&1 || build_failed "$log" configuration
    fi
    (cd "$SW_ROOT" && cmake --build --preset release -j "$(nproc)" ${1:+--target "$@"}) >>"$log" 2>&1 || build_failed "$log" build
}

build_failed() {
    { grep -m 5 -E 'error|FAILED|Error' "$1" || tail -n 15 "$1"; } >&2
    fail "the $2 failed (see $1)"
}

build_product() { build_targets shouwang-monitoring shouwang-gateway shouwang-province shouwangctl; }

# The console is built again when a source or the model is newer than what was built. Without npm's registry the platform still
# runs, without its pages.
build_console() {
    local log="$SW_HOME/log/console.log"
    [[ -f $SW_CONSOLE/package.json ]] || return 0
    if [[ -f $SW_CONSOLE/dist/index.html ]] && [[ -z $(find "$SW_CONSOLE" "$SW_ROOT/proto" \( -name node_modules -o -name dist -o -name gen \) \
        -prune -o -type f -newer "$SW_CONSOLE/dist/index.html" -print -quit) ]]; then
        return 0
    fi
    say "building the console (see $log)"
    if [[ ! -f $SW_CONSOLE/node_modules/.package-lock.json || $SW_CONSOLE/package-lock.json -nt $SW_CONSOLE/node_modules/.package-lock.json ]]; then
        if ! (cd "$SW_CONSOLE" && npm ci --no-audit --no-fund) >"$log" 2>&1; then
            say "npm could not fetch the console's packages: the platform runs without its pages (see $log)"
            return 0
        fi
    fi
    (cd "$SW_CONSOLE" && npm run build) >>"$log" 2>&1 || fail "the console's build failed (see $log)"
    touch "$SW_CONSOLE/dist/index.html"
}
