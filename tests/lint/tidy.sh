#!/usr/bin/env bash
# clang-tidy (.clang-tidy) over own sources, in parallel. Needs a build: it reads build/release/compile_commands.json and generated headers.
#   tidy.sh [--no-tests] [FOLDER or FILE…]      relative to the root; without one: common, services, tests
# Prints findings as file:line; exit code 1 where there are any.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$root"
build=${SW_TIDY_BUILD:-build/release}
[[ -f $build/compile_commands.json ]] || {
    echo "tidy: no $build/compile_commands.json: build first (./shouwang test, or cmake --preset release)" >&2
    exit 2
}
tests=yes
if [[ ${1:-} == --no-tests ]]; then
    tests=no
    shift
fi
(($#)) || set -- common services tests
for path in "$@"; do
    [[ -e $path ]] || { echo "tidy: no such file or folder: $path" >&2; exit 2; }
done

# What is built, is own, and stands under the wanted paths.
mapfile -t files < <(python3 - "$build/compile_commands.json" "$tests" "$@" <<'PYTHON'
import json, os, sys
root, tests, wanted = os.getcwd(), sys.argv[2] == "yes", [os.path.normpath(p) for p in sys.argv[3:]]
seen = set()
for entry in json.load(open(sys.argv[1], encoding="utf-8")):
    path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
    if path.startswith(("common/", "services/", "tests/")) and any(path == w or path.startswith(w + "/") for w in wanted) \
            and (tests or not path.endswith("_test.cc")):
        seen.add(path)
print("\n".join(sorted(seen)))
PYTHON
)
[[ -n ${files[0]:-} ]] || { echo "tidy: nothing is built under $*" >&2; exit 2; }

# g++'s own warning options mean nothing to clang; its warnings are not what is asked here.
code=0
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-w 2>/dev/null || code=1
echo "tidy: ${#files[@]} files$( ((code == 0)) && echo ', nothing found')"
exit "$code"
