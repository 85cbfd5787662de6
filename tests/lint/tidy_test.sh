#!/usr/bin/env bash
# Can clang-tidy say no? A file with one mistake of each kind, under the house's own .clang-tidy: every one must be named.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
mkdir -p "$root/build"
work=$(mktemp -d "$root/build/tidy-self-XXXXXX") # below the root: .clang-tidy is looked up from the file upwards
trap 'rm -rf "$work"' EXIT
cat >"$work/planted.cc" <<'CPP'
#include <string>
#include <vector>
struct Base {
    virtual ~Base() = default;
    virtual int Value();
};
struct Derived : Base {
    virtual int Value();
};
void Take(std::string text);
int Planted(std::vector<std::string> lines) {
    std::string text = "x";
    Take(std::move(text));
    if (text.size() == 0) return 1;
    for (const std::string line : lines) {
        if (line == "y") return 2;
    }
    return atoi(lines[0].c_str());
}
CPP
found=$(clang-tidy --quiet "$work/planted.cc" -- -std=c++20 2>"$work/errors" || true)
for check in modernize-use-override bugprone-use-after-move readability-container-size-empty performance-for-range-copy cert-err34-c; do
    grep -q "\[${check}[],]" <<<"$found" || {
        echo "tidy does not see the planted $check" >&2
        cat "$work/errors" >&2
        exit 1
    }
done
echo "tidy sees what was planted"
