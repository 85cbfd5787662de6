#!/usr/bin/env bash
# Bench `rules`: a whole synthetic province (0.9 million households, 2.81 million persons) through the default rules: as columns, with every hit
# explained, as a what-if between two rule sets; in the same run the same rules as generated SQL, and in three JavaScript engines on a
# sample. Verdicts must be equal before anything is timed.
#
#   ./shouwang bench rules                          takes about six minutes
#   HOUSEHOLDS=90000 RUNS=3 ./shouwang bench rules
#   BENCH_LOCK=FILE ./shouwang bench rules          each measured step holds a lock on FILE
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
households=${HOUSEHOLDS:-900000} runs=${RUNS:-7} sample=${SAMPLE:-20000}
bench="${RULES_BENCH:-$here/../../build/release/bin/rules_bench}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measured() {
    if [[ -n ${BENCH_LOCK:-} ]]; then
        flock "$BENCH_LOCK" "$@"
    else
        "$@"
    fi
}

printf '%s, %s\n' "$(uname -m)" "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs)"
psql "$SHOUWANG_TEST_PG" -qc 'DROP DATABASE IF EXISTS bench_rules' -c 'CREATE DATABASE bench_rules'
measured "$bench" --households "$households" --runs "$runs" --sample "$sample" --out "$work" --postgres "$SHOUWANG_TEST_PG dbname=bench_rules"
psql "$SHOUWANG_TEST_PG" -qc 'DROP DATABASE bench_rules'

if ! command -v npm >/dev/null; then
    echo "JavaScript engines skipped: no npm"
    exit 0
fi
cp "$here"/rules/{package.json,package-lock.json,engines.mjs} "$work"
(cd "$work" && npm ci --no-audit --no-fund --silent)
measured node --max-old-space-size=8192 "$work/engines.mjs" "$work" "${JS_RUNS:-5}"
