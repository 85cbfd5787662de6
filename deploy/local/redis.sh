#!/usr/bin/env bash
# The private Redis: a cache, so nothing is written to disk. Sourced by lib.sh.

redis_answers() { [[ $(redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null) == PONG ]]; }

start_redis() {
    local port
    command -v redis-server >/dev/null || fail "Redis is not installed (package redis-server)"
    is_running redis && return 0
    port=$(port_to_start_on redis)
    start_process redis redis-server --bind 127.0.0.1 --port "$port" --dir "$SW_STATE/run" --daemonize no \
        --save '' --appendonly no --maxmemory 256mb --maxmemory-policy allkeys-lru
    wait_for_process 15 redis redis_answers "$port"
}

stop_redis() { stop_process redis 10; }
