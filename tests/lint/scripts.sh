#!/usr/bin/env bash
# Own scripts: ShellCheck on every shell script, compileall on every Python file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t shell < <(git ls-files --cached --others --exclude-standard | grep -E '\.sh$|^shouwang$|^\.ci/run$')
mapfile -t python < <(git ls-files --cached --others --exclude-standard -- '*.py')
shellcheck -x --severity=style "${shell[@]}"
python3 - "${python[@]}" <<'PYTHON'
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)
PYTHON
echo "scripts: ${#shell[@]} shell, ${#python[@]} Python"
