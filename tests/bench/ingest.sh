#!/usr/bin/env bash
# Bench `ingest`: rows through the gRPC feed door until applied, leads written and events acknowledged, everything durable; baselines in
# the same run: COPY of the same rows into an equally indexed table, and Kafka's own producer perf tool.
#
#   ./shouwang bench ingest          scale 1: 2.81 million persons; takes about 15 minutes
#   SCALE=0.1 ROWS=300000 RUNS=3 ./shouwang bench ingest
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export SCALE=${SCALE:-1} ROWS=${ROWS:-1000000} RUNS=${RUNS:-5} RATE=${RATE:-2000} RATE_SECONDS=${RATE_SECONDS:-30}
export SHOUWANG_DEMO_SCALE=0.0005 SHOUWANG_DEMO_MONTHS=2021-06..2021-06 SW_PG_PROFILE=durable
exec "$root/tests/product.sh" run bench python3 "$root/tests/bench/ingest.py"
