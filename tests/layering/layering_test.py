#!/usr/bin/env python3
"""Can the check fail? A small clean tree passes; each violation, put into it alone, is found and named."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import layering  # noqa: E402

CLEAN = {
    "common/base/README.md": "base",
    "common/base/date.h": "#pragma once\n#include <string>\n",
    "common/base/clock.h": '#pragma once\n#include "common/base/date.h"\n',
    "common/pg/README.md": "pg",
    "common/pg/pg.h": '#include "common/base/date.h"\n',
    "common/pg/pool.cc": "#include <libpq-fe.h>\n",
    "common/rpc/README.md": "rpc",
    "common/rpc/server.h": "#include <grpcpp/server.h>\n",
    "services/monitoring/README.md": "`domain/` `store/` `usecase/` `rpc/` `events/`",
    "services/monitoring/app.cc": '#include "services/monitoring/store/lead_store.h"\n#include "services/monitoring/domain/lead.h"\n',
    "services/monitoring/domain/lead.h": '#include "common/base/date.h"\n#include "shouwang/monitoring/v1/lead.pb.h"\n',
    "services/monitoring/domain/lead_test.cc": "#include <gtest/gtest.h>\n#include <random>\n",
    "services/monitoring/store/lead_store.h": '#include "common/pg/pg.h"\n#include "services/monitoring/domain/lead.h"\n',
    "services/monitoring/usecase/move.h": '#include "services/monitoring/store/lead_store.h"\n',
    "services/monitoring/rpc/methods.h": '#include "common/rpc/server.h"\n#include "services/monitoring/usecase/move.h"\n',
    "services/monitoring/events/feed.h": '#include "services/monitoring/usecase/move.h"\n',
    "services/gateway/README.md": "`http/`",
    "services/gateway/http/port.cc": "#include <boost/beast/http.hpp>\n",
}

LONG = "int x;\n" * 501
UNDONE = "// TO" + "DO later\n"

# What is put into the tree → words of the complaint.
VIOLATIONS = [
    ("services/monitoring/domain/a.h", '#include "common/pg/pg.h"\n', "room services/monitoring/domain may not include common/pg/pg.h"),
    ("services/monitoring/domain/a.h", '#include "services/monitoring/store/lead_store.h"\n', "may not include services/monitoring/store"),
    ("services/monitoring/domain/a.h", '#include "common/base/clock.h"\n', "the domain is pure"),
    ("services/monitoring/domain/a.cc", "#include <random>\n", "the domain is pure"),
    ("services/monitoring/domain/a.cc", "auto t = std::chrono::system_clock::now();\n", "the domain is pure"),
    ("services/monitoring/store/a.h", '#include "common/rpc/server.h"\n', "room services/monitoring/store may not include"),
    ("services/monitoring/store/a.h", '#include "services/monitoring/usecase/move.h"\n', "room services/monitoring/store may not include"),
    ("services/monitoring/usecase/a.h", '#include "common/rpc/server.h"\n', "room services/monitoring/usecase may not include"),
    ("services/monitoring/rpc/a.h", '#include "services/monitoring/store/lead_store.h"\n', "room services/monitoring/rpc may not include"),
    ("services/monitoring/events/a.h", '#include "services/monitoring/store/lead_store.h"\n', "room services/monitoring/events may not include"),
    ("services/monitoring/cellar/a.h", '#include "common/pg/pg.h"\n', "is no room"),
    ("services/gateway/http/a.cc", '#include "common/pg/pg.h"\n', "room services/gateway/http may not include"),
    ("services/gateway/a.cc", '#include "services/monitoring/domain/lead.h"\n', "another service's C++"),
    ("services/monitoring/usecase/a.cc", "#include <libpq-fe.h>\n", "belongs to common/pg"),
    ("services/monitoring/usecase/a.cc", "#include <librdkafka/rdkafka.h>\n", "belongs to common/bus"),
    ("services/monitoring/usecase/a.cc", "#include <hiredis/hiredis.h>\n", "belongs to common/cache"),
    ("common/base/a.cc", "#include <prometheus/counter.h>\n", "belongs to common/metrics"),
    ("services/monitoring/rpc/a.cc", "#include <grpcpp/server.h>\n", "belongs to common/rpc"),
    ("services/monitoring/usecase/a.cc", "#include <gtest/gtest.h>\n", "belongs to tests"),
    ("common/base/a.h", '#include "services/monitoring/domain/lead.h"\n', "common/ knows no service"),
    ("common/base/a.h", '#include "shouwang/monitoring/v1/lead.pb.h"\n', "common/ knows no business"),
    ("common/base/a.h", '#include "common/pg/pg.h"\n', "circle in common/"),
    ("common/base/a.h", '#include "date.h"\n', "include from the root"),
    ("common/base/a.h", '#include "common/base/lost.h"\n', "no such file"),
    ("common/base/a.cc", LONG, "501 lines"),
    ("common/base/a.cc", UNDONE, "unfinished"),
    ("common/base/a_test.cc", "std::this_thread::sleep_for(1s);\n", "does not sleep"),
    ("common/lost/a.cc", "", "common/lost: no README.md"),
    ("services/monitoring/testing/fake.h", "\n", "does not say what `testing/` is"),
]


def put(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


class Layering(unittest.TestCase):
    def complaints(self, extra):
        with tempfile.TemporaryDirectory() as root:
            put(root, {**CLEAN, **extra})
            return list(layering.check_tree(root))

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.complaints({}), [])

    def test_each_violation_is_found(self):
        for path, text, words in VIOLATIONS:
            with self.subTest(path=path, words=words):
                found = self.complaints({path: text})
                self.assertTrue(any(words in c for c in found), f"{text[:60]!r} in {path}: {found}")

    def test_what_may_not_ship_may_stand_in_tests(self):
        self.assertEqual(self.complaints({
            "services/monitoring/README.md": "`domain/` `store/` `usecase/` `rpc/` `events/` `testing/`",
            "services/monitoring/testing/fake.h": '#include "services/monitoring/store/lead_store.h"\n',
            "services/monitoring/usecase/move_test.cc": '#include "services/monitoring/testing/fake.h"\n#include <gtest/gtest.h>\n',
        }), [])
        found = self.complaints({"services/monitoring/testing/fake.h": "", "services/monitoring/usecase/a.h": '#include "services/monitoring/testing/fake.h"\n'})
        self.assertTrue(any("is for tests only" in c for c in found), found)


if __name__ == "__main__":
    unittest.main()
