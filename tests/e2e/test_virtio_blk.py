# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The disk that was built twice boots into RAM from virtio-blk, and lives on without it, as `ramimg test` says."""

import json
import unittest
import xml.etree.ElementTree

import common
from command import run
from pvevm import host

VOLUME = "105/vm-105-disk-0.qcow2"
CONF = f"agent: 1\nboot: order=virtio0\nmemory: 1536\ncores: 1\nvirtio0: local:{VOLUME},size=4G\n"
# What is asked beside the checks; each line has to be true.
COMMAND = """set -e
test "$(findmnt -n -o FSTYPE /)" = tmpfs
test -z "$(lsblk --nodeps --noheadings --output NAME)"
test -z "$(swapon --show)"
systemctl restart cron
apt-get --version"""


class VirtioBlk(unittest.TestCase):
    def test_as_its_vm(self):
        node, junit = host("host", CONF), common.in_workdir("junit.xml")
        node.image(VOLUME, of=common.built_twice())     # nothing is written to it
        got = run("test", "--pve-root", node.root, "--json", "--junit", junit, "--exec", COMMAND, "105",
                  work=common.workdir(), config=common.config(), seconds=900)
        print("\n" + got.out)
        self.assertEqual(got.status, 0, got)
        document = json.loads(got.out)
        self.assertEqual({c["name"]: c["state"] for c in document["checks"]}, dict.fromkeys(
            ("loader", "release", "unplug", "system", "units", "files", "memory", "exec"), "passed"))
        machine = document["machine"]
        self.assertEqual((machine["bus"], machine["memory_bytes"], machine["cpus"]), ("virtio", 1536 << 20, 1))
        self.assertEqual(xml.etree.ElementTree.parse(junit).getroot().find("testsuite").get("failures"), "0")
        with open(common.in_workdir("out/vm-105-disk-0/console.log"), encoding="utf-8", errors="replace") as f:
            self.assertIn("login: ", f.read())


if __name__ == "__main__":
    common.main()
