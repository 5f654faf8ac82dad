# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest agent that answers as the one in a guest would, with a status file that a test chooses."""

import base64
import json
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from sockets import short  # noqa: E402


class Agent:
    """Serves the socket; use as a context manager. @status: the file's content, None for no file;
    @mounts: the file systems that it says are mounted from disks: name, place, the disks' addresses."""

    def __init__(self, path, status, mounts=()):
        self.path = path
        self.mounts = [{"name": name, "mountpoint": at, "disk": disks} for name, at, disks in mounts]
        self.status = status
        self.asked = []

    def __enter__(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(short(self.path))
        self.server.listen(4)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            try:
                self._talk(client)
            except OSError:
                pass        # the client was killed

    def _talk(self, client):
        with client, client.makefile("rwb", buffering=0) as stream:
            stream.write(b'{"return": 12345}\n')       # what an earlier client left unread
            for line in stream:
                stream.write(self._answer(json.loads(line.lstrip(b"\xff"))))

    def _answer(self, request):
        name, args = request["execute"], request.get("arguments", {})
        self.asked.append(name)
        if name == "guest-sync-delimited":
            return b"\xff" + json.dumps({"return": args["id"]}).encode() + b"\n"
        if name == "guest-file-open" and self.status is None:
            return json.dumps({"error": {"class": "GenericError", "desc":
                                         f"failed to open file '{args['path']}'"}}).encode() + b"\n"
        value = {"guest-get-fsinfo": [{"name": "rootfs", "mountpoint": "/", "disk": []}, *self.mounts],
                 "guest-file-open": 1000, "guest-file-close": {},
                 "guest-file-read": {"count": len(self.status or ""), "eof": True, "buf-b64":
                                     base64.b64encode((self.status or "").encode()).decode()}}[name]
        return json.dumps({"return": value}).encode() + b"\n"
