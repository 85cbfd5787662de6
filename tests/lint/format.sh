#!/usr/bin/env bash
# clang-format (.clang-format) on own C++: names the files that differ; with --fix rewrites them. FILE… narrows it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
fix=false
if [[ ${1:-} == --fix ]]; then
    fix=true
    shift
fi
if (($#)); then files=("$@"); else mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cc' '*.h'); fi
different=()
for file in "${files[@]}"; do
    clang-format "$file" | cmp -s - "$file" || different+=("$file")
done
if ((${#different[@]} == 0)); then
    echo "format: ${#files[@]} files as .clang-format wants them"
elif $fix; then
    clang-format -i "${different[@]}"
    echo "format: ${#different[@]} of ${#files[@]} files rewritten"
else
    printf '%s\n' "${different[@]}"
    echo "format: ${#different[@]} of ${#files[@]} files differ (tests/lint/format.sh --fix)"
    exit 1
fi
