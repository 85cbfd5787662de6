#!/usr/bin/env bash
# run.sh PRESET TEST: one test of the build of that preset (asan or tsan), with the options it needs. Exit code 77 (skipped) unless
# SHOUWANG_SANITIZERS=on, which ./shouwang test sets once it has built them: what an older build left behind proves nothing.
set -euo pipefail
preset=$1 test=$2
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"

if [[ ${SHOUWANG_SANITIZERS:-} != on ]]; then
    echo "skipped: SHOUWANG_SANITIZERS is not on"
    exit 77
fi
case $preset in
    asan)
        export ASAN_OPTIONS="detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1"
        export LSAN_OPTIONS="suppressions=$here/leaks.supp:print_suppressions=0"
        export UBSAN_OPTIONS="print_stacktrace=1"
        ;;
    tsan)
        export TSAN_OPTIONS="suppressions=$here/threads.supp:second_deadlock_stack=1:history_size=4:print_suppressions=0"
        # librdkafka starts its threads with C11's thrd_create, which ThreadSanitizer does not know: a test would crash in its first thread.
        unset SHOUWANG_TEST_KAFKA
        export SHOUWANG_BUS=embedded
        ;;
    *)
        echo "no such preset: $preset (asan or tsan)" >&2
        exit 2
        ;;
esac
# g++ 12's runtimes fail at random where the kernel spreads addresses over more than 28 bits: without randomisation where that is allowed.
launch=(setarch "$(uname -m)" --addr-no-randomize)
"${launch[@]}" true 2>/dev/null || launch=()
cd "$root"
exec "${launch[@]}" "build/$preset/tests/$test"
