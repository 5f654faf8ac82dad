# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `sh tests/run` ends with: slowest.py STARTED JUNIT...: the twenty slowest tests that the files of
`ctest --output-junit` have, each file's tests and their time, and the time since STARTED (a date in
seconds since 1970). A file that is not there is of a ctest that did not come to its end.
Before that stand the last lines of each test that failed, for a log of which only the end is kept.
"""

import os
import sys
import time
import xml.etree.ElementTree as ElementTree

SHOWN = 20
LAST_LINES = 15


def minutes(seconds):
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


def read(path):
    """The tests of a file: their seconds and names."""
    return [(float(case.get("time")), case.get("name")) for case in ElementTree.parse(path).iter("testcase")]


def failures(paths):
    """Of each test that failed its name and the last lines of its output."""
    lines = []
    for case in (c for path in paths if os.path.exists(path) for c in ElementTree.parse(path).iter("testcase")):
        if case.get("status") == "fail":
            said = (case.findtext("system-out") or "").rstrip().splitlines()
            lines += [f"{case.get('name')} failed. Its last lines:", *(f"    {line}" for line in said[-LAST_LINES:]), ""]
    return lines


def table(started, paths, now):
    trees = {os.path.dirname(path): read(path) for path in paths if os.path.exists(path)}
    rows = [(seconds, name, tree) for tree, tests in trees.items() for seconds, name in tests]
    rows.sort(key=lambda row: -row[0])
    lines = [f"The slowest of {len(rows)} tests:"]
    lines += [f"{seconds:8.1f} s  {name} ({tree})" for seconds, name, tree in rows[:SHOWN]]
    lines += [f"{tree}: {len(tests)} tests of {minutes(sum(seconds for seconds, _ in tests))} in all"
              for tree, tests in trees.items()]
    lines += [f"{path} is missing: its tests did not come to an end" for path in paths
              if not os.path.exists(path)]
    return [*lines, f"Total time, with building: {minutes(now - started)}"]


if __name__ == "__main__":
    print("\n".join(["", *failures(sys.argv[2:]), *table(float(sys.argv[1]), sys.argv[2:], time.time())]))
