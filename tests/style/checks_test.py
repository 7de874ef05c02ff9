#!/usr/bin/env python3
"""Shows each check of tools/ a violation, and something that is none."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
import check_headers  # noqa: E402
import check_layers  # noqa: E402
import check_style  # noqa: E402
import compat_matrix  # noqa: E402
import count_tests  # noqa: E402


class Layers(unittest.TestCase):
    def assert_refused(self, path, quoted=None, system=None):
        self.assertIsNotNone(check_layers.check_include(path, quoted, system))

    def assert_allowed(self, path, quoted=None, system=None):
        self.assertIsNone(check_layers.check_include(path, quoted, system))

    def test_only_the_arrows_may_be_followed(self):
        self.assert_allowed("api/uploads.cpp", "core/upload.hpp")
        self.assert_refused("core/upload.cpp", "api/uploads.hpp")
        self.assert_refused("wire/json.cpp", "core/upload.hpp")
        self.assert_refused("http/session.cpp", "core/upload.hpp")
        self.assert_refused("base/task.hpp", "core/upload.hpp")

    def test_one_store_never_sees_another(self):
        self.assert_allowed("store/disk/volume.cpp", "store/disk/volume.hpp")
        self.assert_refused("store/disk/volume.cpp", "store/sqlite/database.hpp")

    def test_an_unknown_folder_is_no_layer(self):
        self.assert_refused("shared/x.cpp", "base/result.hpp")

    def test_libraries_stay_where_they_belong(self):
        self.assert_allowed("http/session.cpp", system="boost/beast/http/parser.hpp")
        self.assert_refused("api/uploads.cpp", system="boost/beast/http/parser.hpp")
        self.assert_refused("server/serve.cpp", system="boost/asio/ip/tcp.hpp")
        self.assert_allowed("server/serve.cpp", system="boost/asio/signal_set.hpp")
        self.assert_refused("core/sweeper.cpp", system="boost/asio/steady_timer.hpp")
        self.assert_refused("core/upload.cpp", system="sqlite3.h")
        self.assert_refused("api/uploads.cpp", system="fcntl.h")
        self.assert_refused("store/disk/volume.cpp", system="filesystem")

    def test_only_tests_see_the_support_of_tests(self):
        self.assert_allowed("core/upload_test.cpp", "support/run_task.hpp")
        self.assert_refused("core/upload.cpp", "support/run_task.hpp")

    def test_a_violation_is_found_in_a_tree(self):
        with tempfile.TemporaryDirectory() as name:
            source = Path(name)
            (source / "core").mkdir()
            text = '#include "base/id.hpp"\n  # include "api/x.hpp"\n'
            (source / "core/upload.cpp").write_text(text)
            found = check_layers.check_tree(source)
        self.assertEqual(found, ["src/core/upload.cpp:2: core may not include api"])


class Style(unittest.TestCase):
    def rules(self, path, text):
        return [rule for _, rule, _ in check_style.check_file(path, text)]

    def test_clean_code_is_left_alone(self):
        text = "#pragma once\n\nint f() {\n  return 1;\n}\n"
        self.assertEqual(self.rules("src/core/upload.hpp", text), [])

    def test_lengths(self):
        self.assertEqual(self.rules("src/core/a.cpp", "\n" * 601), ["length"])
        self.assertEqual(self.rules("src/core/a.cpp", "//" + "x" * 99 + "\n"), ["columns"])
        self.assertEqual(self.rules("docs/a.md", "x" * 200 + "\n"), [])

    def test_a_table_that_clang_format_leaves_alone_may_be_wide(self):
        row = "  " + "x" * 110 + "\n"
        self.assertEqual(
            self.rules("src/a.cpp", "// clang-format off\n" + row + "// clang-format on\n"), [])
        self.assertEqual(self.rules("src/a.cpp", row), ["columns"])

    def test_long_functions_are_found_wherever_they_stand(self):
        body = "  int x;\n" * 69
        self.assertEqual(self.rules("src/a.cpp", "int f() {\n" + body + "}\n"), ["function"])
        short = "  int x;\n" * 68
        self.assertEqual(self.rules("src/a.cpp", "int f() {\n" + short + "}\n"), [])
        method = "class A {\n  int f(int a,\n        int b) {\n" + "    x;\n" * 70 + "  }\n};\n"
        self.assertEqual(self.rules("src/a.cpp", method), ["function"])

    def test_a_long_class_is_no_function(self):
        text = "class A : public B<int(int)> {\n" + "  int x;\n" * 100 + "};\n"
        self.assertEqual(self.rules("src/a.cpp", text), [])

    def test_a_crowded_root_is_found(self):
        paths = [f"{number}/x" for number in range(15)] + [".ci/run", "0/y"]
        self.assertEqual(check_style.check_root(paths), [])
        self.assertEqual(len(check_style.check_root(paths + ["one_more.md"])), 1)

    def test_names(self):
        self.assertEqual(self.rules("src/core/Upload.cpp", ""), ["name"])
        self.assertEqual(self.rules("src/core/string_utils.cpp", ""), ["name"])
        self.assertEqual(self.rules("tests/support/upload_helper_test.cpp", ""), ["name"])

    def test_a_header_is_included_once(self):
        self.assertEqual(self.rules("src/a.hpp", "int x;\n"), ["pragma"])

    def test_words(self):
        for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX", "TEST(A, DISA" + "BLED_B)",
                     "GTEST_" + "SKIP();", "// obvious" + "ly", '"/ro' + 'ot/x"'):
            self.assertEqual(self.rules("src/a.cpp", word + "\n"), ["words"], word)

    def test_blanks_and_tabs(self):
        self.assertEqual(self.rules("docs/a.md", "a \n"), ["blanks"])
        self.assertEqual(self.rules("src/a.cpp", "\tint x;\n"), ["tabs"])
        self.assertEqual(self.rules("Makefile", "a:\n\tb\n"), [])

    def test_only_the_programs_print(self):
        self.assertEqual(self.rules("src/core/a.cpp", "std::cout << 1;\n"), ["prints"])
        self.assertEqual(self.rules("src/core/a.cpp", "// std::cout is for programs\n"), [])
        self.assertEqual(self.rules("src/server/main.cpp", "std::cout << 1;\n"), [])

    def test_nothing_is_awaited_inside_a_test_macro(self):
        text = "EXPECT_TRUE(is_good(\n    co_await f()));\n"
        self.assertEqual(self.rules("tests/a.cpp", text), ["co_await"])
        self.assertEqual(self.rules("tests/a.cpp", "auto x = co_await f();\nEXPECT_TRUE(x);\n"), [])


class Headers(unittest.TestCase):
    def test_a_header_that_misses_an_include_is_found(self):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for folder in ("src/core", "tests"):
                (root / folder).mkdir(parents=True)
            (root / "src/core/good.hpp").write_text("#include <string>\nstd::string a();\n")
            (root / "src/core/bad.hpp").write_text("std::string b();\n")
            (root / "src/core/proven.hpp").write_text("nonsense, which no one compiles here\n")
            (root / "src/core/proven.cpp").write_text('#include "core/proven.hpp"\n')
            entry = (f'[{{"file": "{root}/src/core/proven.cpp", "directory": "{root}",'
                     f' "command": "clang++-19 -std=c++23 -c x.cpp"}}]')
            (root / "compile_commands.json").write_text(entry)
            complaints = check_headers.check(root, root)
        self.assertEqual(len(complaints), 1)
        self.assertIn("core/bad.hpp does not compile alone", complaints[0])


class Counts(unittest.TestCase):
    def count(self, exit_code, *cases):
        with tempfile.TemporaryDirectory() as name:
            for number, case in enumerate(cases):
                (Path(name) / f"{number}.xml").write_text(
                    f"<testsuites><testsuite><testcase {case}</testcase></testsuite></testsuites>")
            return count_tests.count(Path(name), exit_code)

    def test_every_outcome_is_counted_as_what_it_is(self):
        self.assertEqual(self.count(1, ">", "><failure/>", "><error/>", "><skipped/>",
                                    'status="notrun">'), (1, 2, 2))

    def test_a_tier_that_failed_never_counts_as_passed(self):
        self.assertEqual(self.count(1), (0, 1, 0))
        self.assertEqual(self.count(1, ">"), (1, 1, 0))

    def test_a_tier_that_could_not_run_is_skipped(self):
        self.assertEqual(self.count(77), (0, 0, 1))


class CompatMatrix(unittest.TestCase):
    PAGE = "| scenario | Node | Go |\n| one | yes | – |\n\nLast run: 2026-01-01.\n"

    def test_what_ran_as_committed_is_no_difference(self):
        later = self.PAGE.replace("2026-01-01", "2026-02-02")
        self.assertEqual(compat_matrix.differences(self.PAGE, later), [])

    def test_a_column_that_was_skipped_is_not_judged(self):
        self.assertEqual(
            compat_matrix.differences(self.PAGE, self.PAGE.replace("yes", "?").replace("–", "?")),
            [])

    def test_a_failure_another_version_and_a_new_row_are_differences(self):
        for ran in (self.PAGE.replace("yes", "**no**"), self.PAGE.replace("–", "yes"),
                    self.PAGE.replace("\n\n", "\n| two | yes | yes |\n\n")):
            self.assertEqual(len(compat_matrix.differences(self.PAGE, ran)), 1)
        # What was never run cannot be promised.
        self.assertTrue(compat_matrix.differences(self.PAGE.replace("yes", "?"), self.PAGE))


if __name__ == "__main__":
    unittest.main()
