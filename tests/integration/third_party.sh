#!/usr/bin/env bash
# Third parties against the running product, with public clients only: curl, Node (Connect), kcat and Python (Kafka), gRPC reflection,
# files as a spreadsheet saves them. Run it with: tests/product.sh run third-party tests/integration/third_party.sh [CLIENT…]
#
# CLIENT is curl, spreadsheet, node, kcat, kafka_python or reflection; without one, all of them. Exit code 77: nothing failed, but a client
# could not be tried, and a line says which and why.
# shellcheck disable=SC2317  # the checks are called by their client's name
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
: "${PRODUCT_HTTP:?run it through tests/product.sh}"
venv="$root/.shouwang/python"
topic=shouwang.monitoring.lead.v1
day=$(date -d "$PRODUCT_TODAY - 6 days" +%F)
stamp="$(date +%s)-$$" # another run on the same product brings batches of its own
work="$PRODUCT_STATE/third-party/$stamp"
mkdir -p "$work"

ok() { printf 'ok: %s\n' "$*"; }
bad() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# A client that cannot be tried here is not one that passed.
skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

# What cannot be fetched is skipped with its reason, except where everything is insisted on (CI).
unfetched() {
    [[ ${SHOUWANG_REQUIRE_KAFKA:-} != 1 ]] || bad "$*"
    skip "$*"
}

# call METHOD JSON [TOKEN]
call() {
    curl -sS --max-time 30 "$PRODUCT_HTTP/$1" -H 'content-type: application/json' ${3:+-H "authorization: Bearer $3"} -d "$2"
}

operator_token() {
    call shouwang.gateway.v1.AuthService/SignIn "$(jq -n --rawfile p "$PRODUCT_SECRETS/account-operator" \
        '{account: "operator", password: ($p | rtrimstr("\n"))}')" | jq -er .token
}

department_token() {
    call shouwang.gateway.v1.AuthService/IssueToken "$(jq -n --arg id "$1" --rawfile p "$PRODUCT_SECRETS/clients/$1" \
        '{clientId: $id, clientSecret: ($p | rtrimstr("\n"))}')" | jq -er .token
}

check_curl() {
    local token lead
    token=$(operator_token) || bad "curl could not sign in"
    lead=$(call shouwang.monitoring.v1.LeadService/ListLeads '{"pageSize": 1, "grades": ["GRADE_RED"]}' "$token" | jq -e '.leads[0]') || bad "no lead"
    jq -e '(.household | test("^households/[0-9]+$")) and (.householdNo != "")
        and ([.explanations[].sentenceZh] | all(length > 5)) and ([.explanations[].sentenceEn] | all(length > 5))
        and ([.explanations[].operands[].sources[]?] | length > 0 and all(.dataset != "" and (.batch | startswith("batches/")) and .sequence > 0))' \
        <<<"$lead" >/dev/null || bad "the lead does not name household, explanation and source row: $lead"
    ok "curl reads a lead: $(jq -r '.householdNo + ": " + .explanations[0].sentenceZh + " (" +
        ([.explanations[].operands[].sources[]?][0] | .batch + " row " + (.sequence | tostring)) + ")"' <<<"$lead")"
}

# await_applied TOKEN BATCH: prints the ledger
await_applied() {
    local batch end=$((SECONDS + 60))
    until batch=$(call shouwang.monitoring.v1.FeedService/GetBatch "{\"name\": \"$2\"}" "$1") && [[ $(jq -r .state <<<"$batch") == BATCH_STATE_APPLIED ]]; do
        ((SECONDS < end)) || bad "$2 was not applied within 60 s: $batch"
        sleep 0.2
    done
    printf '%s' "$batch"
}

# check_excel FILE WHAT: three rows applied, the fourth refused for its checksum
check_excel() {
    local token batch="excel-$2-$stamp" ledger errors status
    token=$(department_token medical_insurance)
    status=$(curl -sS --max-time 60 -o "$work/receipt.json" -w '%{http_code}' "$PRODUCT_HTTP/feeds/medical_settlement/$batch?period=${day%-*}" \
        -H "authorization: Bearer $token" -H 'content-type: text/csv' --data-binary @"$1")
    [[ $status == 200 ]] || bad "the file of $2 was refused: $(cat "$work/receipt.json")"
    ledger=$(await_applied "$token" "batches/medical_insurance/$batch")
    [[ $(jq -r '[.accepted, .applied, .rejected] | map(. // "0") | join(" ")' <<<"$ledger") == "4 3 1" ]] || bad "$2: accepted, applied, rejected are not 4 3 1: $ledger"
    errors=$(curl -sS --max-time 30 "$PRODUCT_HTTP/feeds/batches/medical_insurance/$batch/errors.csv" -H "authorization: Bearer $token")
    grep -q '^4,identity_no,IDENTITY_CHECKSUM,' <<<"$errors" || bad "$2: errors.csv does not name row 4: $errors"
    ok "a CSV saved by a spreadsheet ($2): 4 rows counted, 3 applied, row 4 refused: IDENTITY_CHECKSUM"
}

check_spreadsheet() {
    make_files
    check_excel "$work/excel-utf8.csv" utf8
    check_excel "$work/excel-gb18030.csv" gb18030
}

make_files() {
    local registry
    registry=$(jq -r '[.files[] | select(.dataset == "registry_member")][0].path' "$PRODUCT_DEMO/manifest.json")
    python3 "$here/excel.py" "$PRODUCT_DEMO/$registry" "$day" "$work" "$stamp"
}

check_node() {
    make_files
    if [[ ! -f $here/node/node_modules/.package-lock.json || $here/node/package-lock.json -nt $here/node/node_modules/.package-lock.json ]]; then
        (cd "$here/node" && npm ci --no-audit --no-fund) >"$work/npm.log" 2>&1 ||
            unfetched "the Connect client for Node: npm could not fetch it (see $work/npm.log)"
    fi
    (cd "$here/node" && node generate.mjs && node leads.mjs "$(shuf -n 1 "$work/people.txt")" "$day" "node-$stamp")
}

# One environment for all runs, made again when the list changes. Two clients may want it at the same time.
fetch_python() {
    mkdir -p "$root/.shouwang"
    (
        flock 8
        cmp -s "$here/requirements.txt" "$venv/requirements.txt" && exit 0
        rm -rf "$venv"
        { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/requirements.txt"; } >"$work/pip.log" 2>&1 || exit 1
        cp "$here/requirements.txt" "$venv/requirements.txt"
    ) 8>"$root/.shouwang/python.lock" || unfetched "the Python clients: pip could not fetch them (see $work/pip.log)"
}

needs_kafka() { [[ -n $PRODUCT_KAFKA ]] || skip "$1: the bus is not Kafka here but $PRODUCT_BUS"; }

check_kcat() {
    needs_kafka kcat
    local lines
    lines=$(kcat -C -b "$PRODUCT_KAFKA" -t "$topic" -o beginning -e -q -f '%p %k %h\n' 2>"$work/kcat.log") || bad "kcat could not read $topic"
    grep -Eq '^[0-9]+ [0-9]+ .*ce_type=shouwang\.monitoring\.event\.v1\.Lead' <<<"$lines" || bad "kcat sees no lead event: $(head -n 1 <<<"$lines")"
    ok "kcat reads $topic: $(wc -l <<<"$lines") messages, first: $(head -n 1 <<<"$lines" | cut -c1-120)"
}

check_kafka_python() {
    needs_kafka "the Kafka client for Python"
    fetch_python
    local read
    read=$("$venv/bin/python" "$here/bus_reader.py" "$PRODUCT_KAFKA" "$topic") || bad "the Kafka client for Python"
    ok "Python reads $topic: $read"
}

check_reflection() {
    fetch_python
    local listed
    listed=$("$venv/bin/python" "$here/reflect.py" "$PRODUCT_GRPC" operator "$PRODUCT_SECRETS/account-operator") || bad "gRPC reflection"
    ok "gRPC reflection: $listed"
}

clients=("$@")
((${#clients[@]})) || clients=(curl spreadsheet node kcat kafka_python reflection)
result=0
for client in "${clients[@]}"; do
    declare -F "check_$client" >/dev/null || bad "no such client: $client"
    code=0
    # Each in a shell of its own, with errexit: `|| code=$?` would switch it off inside.
    set +e
    (set -e; "check_$client")
    code=$?
    set -e
    ((code == 0)) || { ((code == 77)) || exit 1; result=77; }
done
exit "$result"
