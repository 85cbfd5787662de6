#!/usr/bin/env bash
# test, lint and bench: servers of their own, the build of everything, and what runs on them.
# shellcheck source=deploy/local/stack.sh
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

# own_servers NAME: fresh PostgreSQL, Redis and Kafka under .shouwang/NAME, stopped when this shell ends; the addresses are exported.
own_servers() {
    SW_STATE="$SW_HOME/$1"
    SW_SECRETS="$SW_STATE/secrets"
    SW_CONFIG="$SW_STATE/config"
    init_state
    exec 9>"$SW_STATE/lock"
    flock -n 9 || fail "another ./shouwang $1 is running"
    stop_own_servers
    rm -rf "$(pg_home)" "$SW_STATE/kafka"
    trap stop_own_servers EXIT
    trap 'exit 130' INT TERM
    start_postgres
    start_redis
    SHOUWANG_TEST_PG=$(pg_conninfo postgres postgres)
    SHOUWANG_TEST_REDIS="127.0.0.1:$(port_of redis)"
    export SHOUWANG_TEST_PG SHOUWANG_TEST_REDIS
    if [[ $SW_BUS == kafka ]]; then
        start_kafka
        SHOUWANG_TEST_KAFKA="127.0.0.1:$(port_of kafka)"
        export SHOUWANG_TEST_KAFKA
    fi
}

stop_own_servers() {
    stop_kafka
    stop_redis
    stop_postgres
}

# Kafka, or the embedded bus with its reason; SHOUWANG_REQUIRE_KAFKA=1 accepts the broker only.
choose_test_bus() {
    SW_BUS=kafka
    SW_KAFKA_WHY=""
    if [[ ${SHOUWANG_BUS:-} == embedded ]]; then
        SW_KAFKA_WHY="SHOUWANG_BUS=embedded"
    elif ! install_packages kafka; then
        SW_KAFKA_WHY="its Debian packages are missing"
    else
        fetch_kafka || true
    fi
    [[ -n $SW_KAFKA_WHY ]] || return 0
    [[ ${SHOUWANG_REQUIRE_KAFKA:-} != 1 ]] || fail "a real Kafka is required here, and there is none: $SW_KAFKA_WHY"
    say "no Kafka ($SW_KAFKA_WHY): tests that need a broker are skipped"
    SW_BUS=embedded
    export SHOUWANG_BUS=embedded
}

# The tests that also run under sanitizers (tests/sanitize): on without arguments, else only where they are asked for.
choose_sanitizers() {
    local usual=on
    if (($#)); then usual=off; fi
    SHOUWANG_SANITIZERS=${SHOUWANG_SANITIZERS:-$usual}
    [[ $SHOUWANG_SANITIZERS == on || $SHOUWANG_SANITIZERS == off ]] || fail "SHOUWANG_SANITIZERS is on or off, not $SHOUWANG_SANITIZERS"
    export SHOUWANG_SANITIZERS
}

build_sanitized() {
    local preset log
    for preset in asan tsan; do
        log="$SW_HOME/log/build-$preset.log"
        say "building what runs under sanitizers: $preset (see $log)"
        : >"$log"
        if [[ ! -f $SW_ROOT/build/$preset/build.ninja ]]; then
            (cd "$SW_ROOT" && cmake --preset "$preset") >"$log" 2>&1 || build_failed "$log" configuration
        fi
        (cd "$SW_ROOT" && cmake --build --preset "$preset" -j "$(nproc)" --target sanitized_tests) >>"$log" 2>&1 || build_failed "$log" build
    done
}

command_test() {
    local leave_out=()
    choose_sanitizers "$@"
    init_state
    install_packages build run || fail "packages are missing"
    install_packages test || fail "packages are missing"
    choose_test_bus
    build_targets
    build_console
    if [[ $SHOUWANG_SANITIZERS == on ]]; then
        build_sanitized
    else
        say "sanitizers are off: tests under AddressSanitizer and ThreadSanitizer are left out (SHOUWANG_SANITIZERS=on)"
        leave_out=(-LE sanitize)
    fi
    export SW_PG_PROFILE="test"
    own_servers "test"
    local code=0
    ctest --test-dir "$SW_BUILD" --output-on-failure -j 2 "${leave_out[@]}" "$@" || code=$?
    return "$code"
}

# All of tests/lint; clang-tidy on everything takes its time, so CI runs it on the domains only (ctest -L lint). PATH narrows clang-tidy.
command_lint() {
    local code=0
    init_state
    install_packages build run || fail "packages are missing"
    install_packages test || fail "packages are missing"
    build_targets sw_proto # clang-tidy reads the generated headers
    python3 "$SW_ROOT/tests/lint/house.py" "$SW_ROOT" || code=1
    "$SW_ROOT/tests/lint/scripts.sh" || code=1
    "$SW_ROOT/tests/lint/tidy.sh" "$@" || code=1
    return "$code"
}

# Each benchmark is a script tests/bench/NAME.sh; it finds its servers as the tests do.
command_bench() {
    local name=${1:-} script
    script="$SW_ROOT/tests/bench/$name.sh"
    if [[ -z $name || ! -f $script ]]; then
        say "benchmarks: $(cd "$SW_ROOT/tests/bench" 2>/dev/null && find . -maxdepth 1 -name '*.sh' -printf '%f\n' | sed 's/\.sh$//' | sort | paste -sd' ' -)"
        [[ -z $name ]] || fail "no such benchmark: $name"
        return 0
    fi
    shift
    init_state
    install_packages build run || fail "packages are missing"
    choose_test_bus
    build_targets
    own_servers bench
    (cd "$SW_ROOT" && bash "$script" "$@")
}
