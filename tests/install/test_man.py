# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages as they are installed: clean, and with what the program's help says.

    test_man.py --list         the names of the cases
    test_man.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_SHARE (what is installed below share/), RAMIMG_INSTALL_DIR (scratch).
"""

import glob
import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.dont_write_bytecode = True

from cases import CASES, case, expect, main  # noqa: E402
from command import binary  # noqa: E402


def pages():
    found = sorted(glob.glob(os.path.join(os.environ["RAMIMG_SHARE"], "man", "man?", "*")))
    expect(len(found) > 12, found)
    return found


def said(*argv, **kwargs):
    done = subprocess.run(argv, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    return done.returncode, done.stdout


def words(text):
    """One blank between words, lower case at the beginning of a sentence or not, no dot at its end."""
    return " ".join(text.split()).lower()


def rendered(name):
    page = os.path.join(os.environ["RAMIMG_SHARE"], "man", "man1", name)
    status, text = said("mandoc", "-T", "ascii", "-O", "width=1000", page)
    expect(status == 0, text)
    return words(re.sub(".\x08", "", text))


def help_of(*argv):
    status, text = said(binary(), *argv, "--help")
    expect(status == 0, text)
    return text


def commands():
    table = re.search(r"^Commands:\n(.*?)\n\n", help_of(), re.M | re.S)[1]
    found = re.findall(r"^  ([a-z-]+) +(.*)$", table, re.M)
    expect(len(found) > 11, table)
    return found


@case
def man_lint():
    for page in pages():
        status, text = said("mandoc", "-T", "lint", "-W", "warning", page)
        expect(status == 0 and text == "", text)
        status, text = said("groff", "-mdoc", "-ww", "-z", "-Tascii", page)
        expect(status == 0 and text == "", f"{page}: {text}")


@case
def man_overview():
    """Every command with its summary, and a page for each."""
    page = rendered("ramimg.1")
    for name, summary in commands():
        expect(f"ramimg-{name}(1) {summary.lower()}" in page, f"{name} is not in ramimg(1)")
    there = {os.path.basename(path) for path in pages()}
    expect(there == {f"ramimg-{name}.1" for name, _ in commands()} | {"ramimg.1", "ramimg.conf.5"}, there)


@case
def man_of_each_command():
    """Synopsis, description and each option say in the page what they say in the help."""
    for name, summary in commands():
        page, text = rendered(f"ramimg-{name}.1"), help_of(name)
        usage, description, options = re.fullmatch(r"Usage: (.*?)\n\n(.*?)\nOptions:\n(.*)", text, re.S).groups()
        expect(f"name ramimg-{name} - {summary.lower()} synopsis {usage.lower()} description" in page, f"{name}: {page}")
        expect(words(description) in page, f"{name}: {words(description)!r} is not in {page}")
        rows = re.findall(r"^ {2,6}(-.*?)(?: {2,}|\n {26})(.*(?:\n {26}.*)*)", options, re.M)
        expect(len(rows) >= 2, text)
        for option, what in rows:
            expect(words(f"{option} {what}.") in page, f"{name}: {words(option + ' ' + what)!r} is not in {page}")


@case
def man_of_settings():
    """ramimg.conf(5) has what `config show` prints, each with the same default."""
    status, text = said("mandoc", "-T", "ascii", os.path.join(os.environ["RAMIMG_SHARE"], "man", "man5", "ramimg.conf.5"))
    expect(status == 0, text)
    page = words(re.sub(".\x08", "", text))
    status, table = said(binary(), "config", "show", "--pve-root", "/nonexistent",
                         env=os.environ | {"HOME": "/nonexistent", "XDG_STATE_HOME": "/var/lib"})
    expect(status == 0, table)
    rows = re.findall(r"^([a-z0-9_.]+) +default +(.*)$", table, re.M)
    expect(len(rows) > 20, table)
    for name, value in rows:
        expect(f"{name} = {value}".lower() in page, f"{name} = {value} is not in {page}")


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_INSTALL_DIR", lambda name: CASES[name]()))
