#!/usr/bin/env bash
# The demo province: department files of a synthetic Jiangxi at 1:100, pushed through the feed door as departments would.
# Sourced by stack.sh. SHOUWANG_DEMO_SCALE and SHOUWANG_DEMO_MONTHS change its size.

SW_DEMO="$SW_STATE/demo"

# Writes the files, once.
make_demo() {
    [[ -f $SW_DEMO/province/manifest.json ]] && return 0
    rm -rf "$SW_DEMO/province"
    mkdir -p "$SW_DEMO"
    say "writing the demo province (synthetic persons)"
    (cd "$SW_ROOT" && "$SW_BIN/shouwang-province" --out "$SW_DEMO/province" --scale "${SHOUWANG_DEMO_SCALE:-0.01}" \
        --months "${SHOUWANG_DEMO_MONTHS:-2021-01..2021-06}") >"$SW_STATE/log/province.log" 2>&1 ||
        fail "the demo province could not be written: $(tail -n 1 "$SW_STATE/log/province.log")"
}

# The demo's clock begins at nine in the morning of its own today and has run since the first start, stops included.
demo_clock() {
    local today first now
    today=$(jq -r .today "$SW_DEMO/province/manifest.json")
    [[ -s $SW_DEMO/first-start ]] || date +%s >"$SW_DEMO/first-start"
    first=$(cat "$SW_DEMO/first-start")
    now=$(date +%s)
    date -u -d "@$(($(date -d "${today}T09:00:00+08:00" +%s) + now - first))" +%Y-%m-%dT%H:%M:%SZ
}

# api TOKEN SERVICE/METHOD JSON: a Connect call.
api() {
    curl -sS --max-time 120 -H 'Content-Type: application/json' ${1:+-H "Authorization: Bearer $1"} -d "$3" "$(console_address)$2"
}

department_token() {
    api "" shouwang.gateway.v1.AuthService/IssueToken \
        "$(jq -cn --arg id "$1" --arg secret "$(secret "client-$1")" '{clientId: $id, clientSecret: $secret}')" | jq -r '.token // empty'
}

operator_token() {
    api "" shouwang.gateway.v1.AuthService/SignIn \
        "$(jq -cn --arg p "$(password account-operator)" '{account: "operator", password: $p}')" | jq -r '.token // empty'
}

# push_file TOKEN MANIFEST-ENTRY: one department file; a repeated push of the same batch is answered with its receipt.
push_file() {
    local token=$1 entry=$2 query path
    query=$(jq -r '[@uri "period=\(.period)", @uri "region=\(.region)", "complete=\(.complete)", "declared_rows=\(.rows)",
                    @uri "format=\(.format)", @uri "charset=\(.charset | ascii_downcase)"] | join("&")' <<<"$entry")
    path=$(jq -r '"feeds/\(.dataset)/\(.batch)"' <<<"$entry")
    curl -sS --max-time 1800 -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/octet-stream' \
        -T "$SW_DEMO/province/$(jq -r .path <<<"$entry")" "$(console_address)$path?$query"
}

load_demo() {
    local entry department token answer done_files=0 files rows=0
    declare -A tokens=()
    [[ -f $SW_DEMO/loaded ]] && return 0
    files=$(jq '.files | length' "$SW_DEMO/province/manifest.json")
    while IFS= read -r entry; do
        department=$(jq -r .department <<<"$entry")
        token=${tokens[$department]:-}
        if [[ -z $token ]]; then
            token=$(department_token "$department") || token=""
            [[ -n $token ]] || fail "department $department could not sign in (see $SW_STATE/log/gateway.log)"
            tokens[$department]=$token
        fi
        answer=$(push_file "$token" "$entry") || fail "the demo file $(jq -r .path <<<"$entry") could not be pushed"
        jq -e 'has("signature")' <<<"$answer" >/dev/null 2>&1 ||
            fail "the demo file $(jq -r .path <<<"$entry") was refused: $(head -c 300 <<<"$answer")"
        done_files=$((done_files + 1))
        rows=$((rows + $(jq .rows <<<"$entry")))
        if [[ -t 1 ]]; then printf '\rdemo: %d of %d files, %d rows' "$done_files" "$files" "$rows"; fi
    done < <(jq -c '.files[]' "$SW_DEMO/province/manifest.json")
    if [[ -t 1 ]]; then printf '\n'; else say "demo: $files files, $rows rows pushed"; fi
    token=$(operator_token) || token=""
    [[ -n $token ]] || fail "the operator could not sign in (see $SW_STATE/log/gateway.log)"
    wait_for 600 "the demo's batches" demo_is_applied "$token"
    touch "$SW_DEMO/loaded"
}

# True when no batch is on its way any more.
demo_is_applied() {
    api "$1" shouwang.monitoring.v1.FeedService/ListBatches \
        '{"states": ["BATCH_STATE_OPEN", "BATCH_STATE_RECEIVED", "BATCH_STATE_APPLYING"], "pageSize": 1}' |
        jq -e '(.batches // []) == [] and (has("code") | not)'
}

# The overview's figures, from the API as anybody would read them.
print_overview() {
    local token
    token=$(operator_token) || token=""
    [[ -n $token ]] || fail "the operator could not sign in (see $SW_STATE/log/gateway.log)"
    api "$token" shouwang.monitoring.v1.OverviewService/GetOverview '{}' | jq -r '
        def n(k): .total[k] // "0";
        "overview of \(.total.regionName // "?") on \(.businessDate // "?"): \(n("households")) households, \(n("persons")) persons, \(.departments // 0) departments, \(.datasets // 0) datasets",
        "monitored: \(n("monitoredHouseholds")) households, \(n("monitoredPersons")) persons; eliminated: \(n("eliminatedHouseholds")) households",
        "open leads: red \(n("leadsRed")), yellow \(n("leadsYellow")), green \(n("leadsGreen")); overdue \(n("leadsOverdue")), closed \(n("leadsClosed"))"'
}
