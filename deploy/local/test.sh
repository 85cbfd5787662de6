#!/usr/bin/env bash
# test and bench: servers of their own, the build of everything, and what runs on them.
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

command_test() {
    init_state
    install_packages build run || fail "packages are missing"
    install_packages test || fail "packages are missing"
    choose_test_bus
    build_targets
    build_console
    export SW_PG_PROFILE="test"
    own_servers "test"
    local code=0
    ctest --test-dir "$SW_BUILD" --output-on-failure -j 2 "$@" || code=$?
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
