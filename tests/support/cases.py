# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Python tests that consist of cases share: the cases' names, their running, their scratch."""

import argparse
import os
import shutil
import traceback

CASES = {}


def case(function):
    """It is a case of the test, by its name."""
    CASES[function.__name__.replace("_", "-")] = function
    return function


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def main(cases, directory, run):
    """Run the cases that are named, or all, by run(name); --list prints the names.

    @directory: the environment variable that names the scratch directory. A case's own is removed
    where it went well and kept where it failed.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(cases))
        return 0
    failed = 0
    for name in options.names or cases:
        scratch = os.path.join(os.environ[directory], name)
        try:
            run(name)
            shutil.rmtree(scratch, ignore_errors=True)
            print(f"ok {name}", flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"FAILED {name} (its files: {scratch})", flush=True)
    return 1 if failed else 0
