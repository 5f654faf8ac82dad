# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unix sockets in directories of any depth: a socket's address has room for 107 bytes only."""

import atexit
import os
import shutil
import tempfile

_links = {}


def short(path):
    """Another name of @path, through a link to its directory that lives as long as this process."""
    directory, name = os.path.split(os.path.abspath(path))
    if not _links:
        _links[None] = tempfile.mkdtemp(prefix="ri-", dir="/tmp")
        atexit.register(shutil.rmtree, _links[None], ignore_errors=True)
    if directory not in _links:
        link = os.path.join(_links[None], str(len(_links)))
        os.symlink(directory, link)
        _links[directory] = link
    return os.path.join(_links[directory], name)
