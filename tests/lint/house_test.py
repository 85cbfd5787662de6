#!/usr/bin/env python3
"""Can house.py say no? Each ban finds its line, and nothing in comments, literals, tests or excepted files."""

import unittest

import house

# Where, the line, words of the complaint.
CAUGHT = [
    ("services/monitoring/usecase/a.cc", "auto t = std::chrono::system_clock::now();", "the clock is injected"),
    ("services/monitoring/domain/a.cc", "const auto t = time(nullptr);", "the clock is injected"),
    ("common/pg/a.cc", "localtime_r(&t, &parts);", "the clock is injected"),
    ("services/monitoring/domain/a.cc", "std::mt19937 random{std::random_device{}()};", "chance"),
    ("common/outbox/a.cc", "if (rand() % 2) return;", "chance"),
    ("services/gateway/auth/a.cc", "int n = std::atoi(text.c_str());", "parsed whole"),
    ("services/gateway/app.cc", "std::cout << 1;", "output is the log's"),
    ("services/monitoring/usecase/a.cc", 'std::printf("%d", 1);', "output is the log's"),
    ("common/model/a.cc", "#include <regex>", "RE2"),
    ("tests/bench/a.cc", "std::regex pattern;", "RE2"),
    ("common/base/a.cc", "sprintf(buffer, format);", "unbounded C"),
    ("services/gateway/app.cc", 'const char* home = std::getenv("HOME");', "environment"),
    ("services/monitoring/domain/a.h", "double income_fen = 0;", "integer fen"),
    ("services/monitoring/usecase/a.cc", "throw std::runtime_error(what);", "errors are values"),
    ("common/base/a.cc", "int a__b = 0;", "the compiler's"),
    ("common/base/a.h", "class _Hidden {};", "the compiler's"),
    ("services/gateway/live/a.cc", "std::thread(run).detach();", "joined"),
    ("common/base/a.cc", "int x;  // NOLINT", "silence"),
    ("common/base/a.cc", "int x;  // NOLINT(bugprone-use-after-move)", "silence"),
    ("common/base/a.cc", "// NOLINTNEXTLINE(*): because of something", "silence"),
]

PASSES = [
    ("services/monitoring/usecase/a.cc", "// throw, rand(), std::cout: words in a comment"),
    ("services/monitoring/usecase/a.cc", 'const char* text = "throw rand() system_clock::now";'),
    ("services/monitoring/usecase/a.cc", 'const char* text = R"(throw\nrand())";'),
    ("services/monitoring/usecase/a_test.cc", "throw std::runtime_error(what);"),
    ("services/gateway/testing/a.cc", "std::thread(run).detach();"),
    ("common/base/clock.h", "#pragma once\nauto t = std::chrono::system_clock::now();"),
    ("services/ctl/print.cc", 'std::printf("%d", 1);'),
    ("common/base/a.cc", "auto t = std::chrono::steady_clock::now();"),
    ("common/base/a.cc", "std::snprintf(text, sizeof text, format);"),
    ("common/base/a.cc", "int answer = __builtin_ctz(1); bool b = __AVX2__;"),
    ("common/base/a.cc", "int operand = brand(1); int strand(2);"),
    ("common/base/a.cc", "// NOLINTNEXTLINE(bugprone-use-after-move): Put takes it only when it answers true"),
]


class House(unittest.TestCase):
    def test_each_ban_is_found_at_its_line(self):
        for path, line, words in CAUGHT:
            text = ("#pragma once\n" if path.endswith(".h") else "int a;\n") + line + "\n"
            found = list(house.check_file(path, text))
            self.assertEqual(1, len(found), (line, found))
            self.assertTrue(found[0].startswith(f"{path}:2: ") and words in found[0], found)

    def test_what_is_allowed_passes(self):
        for path, text in PASSES:
            self.assertEqual([], list(house.check_file(path, text)), text)

    def test_a_header_has_its_guard(self):
        self.assertEqual(["common/base/a.h:1: no #pragma once"], list(house.check_file("common/base/a.h", "int x;\n")))
        self.assertEqual([], list(house.check_file("common/base/a_body.h", "int x;\n")))

    def test_every_ban_is_caught_by_a_line_above(self):
        for ban in house.BANS:
            self.assertTrue(any(words in ban.what for _, _, words in CAUGHT), ban.what)

    def test_an_exception_for_a_lost_file_is_named(self):
        self.assertTrue(any("which does not exist" in c for c in house.stale("/nonexistent")))


if __name__ == "__main__":
    unittest.main()
