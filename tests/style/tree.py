# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the source tree, for the tests that read them all."""

import os

# Not the tree's, wherever it is looked at: the history, and what was built in it.
NOT_OURS = (".git", "out")


def walk(tree, endings=(), without=()):
    """The paths of files below @tree, relative to it and in order: those whose names end so (without
    @endings: all), and that are not below a folder of @without (also relative to it)."""
    found = []
    for top, folders, names in os.walk(tree):
        here = os.path.relpath(top, tree)
        folders[:] = [f for f in folders
                      if os.path.normpath(os.path.join(here, f)) not in NOT_OURS + tuple(without)]
        found += [os.path.normpath(os.path.join(here, n)) for n in names
                  if not endings or n.endswith(tuple(endings))]
    return sorted(found)


def read(tree, path):
    with open(os.path.join(tree, path), encoding="utf-8") as f:
        return f.read()
