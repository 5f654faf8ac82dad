# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Proxmox VE host as a folder: configurations, locks and storages below a root of its own."""

import os

STORAGE_CFG = """\
dir: local
\tpath /var/lib/vz
\tcontent iso,images

"""


class Host:
    def __init__(self, root, node="pve1"):
        self.root = root
        self.node = node
        for path in (f"etc/pve/nodes/{node}/qemu-server", "var/lock/qemu-server",
                     "var/run/qemu-server", "var/lib/vz/images"):
            os.makedirs(self.path(path), exist_ok=True)
        os.symlink(f"nodes/{node}", self.path("etc/pve/local"))
        self.storage_cfg(STORAGE_CFG)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def put(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def storage_cfg(self, text):
        self.put("etc/pve/storage.cfg", text)

    def vm(self, vmid, text, node=None):
        self.put(f"etc/pve/nodes/{node or self.node}/qemu-server/{vmid}.conf", text)

    def image(self, name, size=1 << 20, of=None):
        """A volume's file on `local`, of zeros, or the file @of by a further name."""
        path = self.path(f"var/lib/vz/images/{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if of:
            os.link(of, path)
            return path
        with open(path, "wb") as file:
            file.truncate(size)
        return path

    def volume(self, group, name, image):
        """A logical volume, which an image stands for; its path."""
        path = self.path(f"dev/{group}/{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.islink(path):
            os.symlink(image, path)
        return path
