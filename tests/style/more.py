# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""more.py CTEST BUILD README: the table of the tests that only `sh tests/run all` runs is true: each of
them exists and is labelled "more", and what it says proves the same exists and is run without `all`.

guest/loader-X is unit/loader-X in the build with sanitizers, which runs all of its unit tests (guest/loader.cmake).
"""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "matrix"))
sys.dont_write_bytecode = True

import table  # noqa: E402

ROW = re.compile(r"^\| `([a-z0-9]+/[^`]+)` +\| (.*) \|$", re.M)
NAME = re.compile(r"`([a-z0-9]+/[^`]+)`")
SANITIZED = "unit/loader-"


def faults(text, labels):
    """What is wrong in the README's text. @labels: of all tests, by their names."""
    rows = dict(ROW.findall(text))
    found = []
    for name, proof in rows.items():
        if name not in labels:
            found.append(f"{name} is no test")
        elif "more" not in labels[name]:
            found.append(f"{name} is not labelled more: its folder's CMakeLists.txt calls no ramimg_schedule")
        if not NAME.findall(proof):
            found.append(f"{name}: nothing is named that proves the same")
        for other in NAME.findall(proof):
            if other.startswith(SANITIZED) and "guest/" + other.removeprefix("unit/") in labels:
                continue
            if other not in labels:
                found.append(f"{name}: {other} is no test")
            elif "more" in labels[other]:
                found.append(f"{name}: {other} is not run either, except by all")
    # What the plain run has of the guests is a matter of their own table (matrix/test_table.py).
    found += [f"{name} is labelled more and has no row" for name in labels
              if "more" in labels[name] and name not in rows and "matrix" not in labels[name]]
    return found


def unproven(elsewhere, labels):
    """What is wrong in the list of matrix/table.py: of each word of the guests' table, a test that proves it in the plain run."""
    return [f"matrix/table.py: {word}: {name} is not run, except by all" for word, name in elsewhere.items()
            if "more" in labels.get(name, ["more"])]


def labels_of(test):
    return next((p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"), [])


def main(ctest, build, readme):
    shown = json.loads(subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1"], check=True,
                                      stdout=subprocess.PIPE).stdout)
    labels = {test["name"]: labels_of(test) for test in shown["tests"]}
    with open(readme, encoding="utf-8") as text:
        found = faults(text.read(), labels) + unproven(table.ELSEWHERE, labels)
    print("".join(f"{readme}: {fault}\n" for fault in found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
