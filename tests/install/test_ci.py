# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recipes of configs/ci, as far as nothing of them is run: package/bookworm-ci runs them.

    test_ci.py --list         the names of the cases
    test_ci.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_INSTALL_DIR (scratch).
"""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.dont_write_bytecode = True

import ci  # noqa: E402
from cases import CASES, case, expect, main  # noqa: E402
from command import binary  # noqa: E402


@case
def ci_steps():
    """Each recipe runs each step, once and in one order, in the same Debian."""
    ran = {name: recipe() for name, recipe in ci.RECIPES.items()}
    wanted = [f"sh ci/steps/{name}" for name in ("install", "make", "build", "test")]
    expect(all(steps == wanted for steps in ran.values()), ran)
    expect(sorted(ci.scripts()) == sorted(os.path.basename(step) for step in wanted), sorted(ci.scripts()))
    expect({ci.image(name) for name in ci.RECIPES} == {"debian:12"}, [ci.image(name) for name in ci.RECIPES])


@case
def ci_options():
    """Each option of ramimg's that a step gives is one of its command's; and settings that are named are there."""
    calls = [call for text in ci.scripts().values() for call in ci.ramimg_calls(text)]
    expect({call[1] for call in calls} == {"doctor", "build", "verify", "test"}, calls)
    for call in calls:
        shown = subprocess.run([binary(), call[1], "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
        known = set(re.findall(r"(?<![\w-])--[a-z-]+", shown))
        given = {word for word in call if word.startswith("--")}
        expect(given <= known, f"{call}: {given - known}")
    expect(os.path.isfile(os.path.join(ci.CONFIGS, "golden-ci.conf")), "golden-ci.conf")
    expect(any("--sign" in call for call in calls) and any("--junit" in call for call in calls), calls)


@case
def ci_shell():
    """A shell takes each script, and each works where it is copied to, below ci/."""
    for name, text in ci.scripts().items():
        done = subprocess.run(["sh", "-n"], input=text, text=True, stderr=subprocess.PIPE, check=False)
        expect(done.returncode == 0, f"{name}: {done.stderr}")
        expect(text.startswith("#!/bin/sh\n") and "\nset -eu\n" in text, f"{name}: it goes on after a failure")
        expect('\ncd "$(dirname "$0")/../.."\n' in text, f"{name}: it depends on where it is started")


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_INSTALL_DIR", lambda name: CASES[name]()))
