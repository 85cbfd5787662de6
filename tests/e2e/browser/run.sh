#!/usr/bin/env bash
# The console in a real browser on the running product. Run it with: tests/product.sh run browser tests/e2e/browser/run.sh
# Arguments go to Playwright (a file, -g TITLE). Where npm or Chromium cannot be had it is skipped with its reason (exit code 77),
# except where everything is insisted on (CI).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
: "${PRODUCT_HTTP:?run it through tests/product.sh}"

bad() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
skip() {
    [[ ${SHOUWANG_REQUIRE_KAFKA:-} != 1 ]] || bad "$*"
    printf 'skipped: %s\n' "$*"
    exit 77
}

command -v npm >/dev/null || skip "npm is not installed"
BROWSER_CHROMIUM=$(command -v chromium) || skip "chromium is not installed"
export BROWSER_CHROMIUM
if [[ ! -f $here/node_modules/.package-lock.json || $here/package-lock.json -nt $here/node_modules/.package-lock.json ]]; then
    (cd "$here" && npm ci --no-audit --no-fund) >"$PRODUCT_STATE/log/browser-npm.log" 2>&1 ||
        skip "npm could not fetch Playwright (see $PRODUCT_STATE/log/browser-npm.log)"
fi
curl -fsS --max-time 10 "$PRODUCT_HTTP/" | grep -q '<div id="app">' ||
    bad "no console is served at $PRODUCT_HTTP: ./shouwang test builds it; a product started before that knows none"
cd "$here"
exec npx --no-install playwright test "$@"
