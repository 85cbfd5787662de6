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

# The operator's session of these scripts, beside the secrets and not in the user's own folder.
ctl() { SHOUWANG_SESSION="$SW_SECRETS/session" "$SW_BIN/shouwangctl" --server "$(console_address)" "$@"; }

ctl_login() {
    ctl login --account operator --secret-file "$SW_SECRETS/account-operator" >/dev/null || fail "the operator could not sign in (see $SW_STATE/log/gateway.log)"
}

# Every file as its own department, until every row has its outcome. A repeated push answers with the same receipts.
load_demo() {
    [[ -f $SW_DEMO/loaded ]] && return 0
    ctl push-all "$SW_DEMO/province/manifest.json" --secrets "$SW_SECRETS/clients" || fail "the demo could not be pushed"
    touch "$SW_DEMO/loaded"
}

print_overview() {
    ctl_login
    ctl overview || fail "the overview could not be read"
}
