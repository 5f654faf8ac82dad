# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Building the Debian fixture. Leaves built.raw for the other tests."""

import datetime
import json
import os
import re
import stat
import tarfile

import common
from common import ARCHIVE, CFG, CUSTOM, DEFAULT_CFG, FSTAB, FSTAB_COPY, INITRD
import disk
import documents
import spdx
from command import run

IMAGE = "built.raw"
OUT = "artifacts"


def leftovers(directory):
    return sorted(os.path.join(where, name) for where, dirs, names in os.walk(directory)
                  for name in dirs + names)


class Build(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.work = common.workdir()
        cls.fixture = common.fixture()
        cls.config = common.config()
        cls.image = common.in_workdir(IMAGE)
        cls.out = common.in_workdir(OUT)
        disk.output("rm", "-rf", cls.image, cls.out, common.in_workdir("stage"), common.in_workdir("tmp"))
        disk.copy(cls.fixture, cls.image)
        cls.pristine = disk.Ext4(cls.fixture)

    def assert_clean(self, result):
        self.assertEqual(leftovers(common.in_workdir("tmp")), [], result)
        self.assertEqual([path for path in leftovers(common.in_workdir("stage"))
                          if not path.endswith(".lock")], [], result)

    def test_1_build(self):
        result = run("build", "--out", self.out, self.image, work=self.work, config=self.config, seconds=900)
        self.assertEqual(result.status, 0, result)
        print(f"\nbuild: {result.seconds:.0f} s, {result.peak_kib / 1024:.0f} MiB of memory; "
              f"its words:\n{result.err}{result.out}")
        # "under four minutes and under 300 MB of ramimg's own memory"
        self.assertLess(result.peak_kib, 300 * 1000, "memory")
        self.assert_clean(result)
        self.assertEqual(disk.Ext4(self.image).check(), "")

    def test_2_what_is_on_the_disk(self):
        built = disk.Ext4(self.image)
        for path in (ARCHIVE, INITRD, FSTAB_COPY, DEFAULT_CFG):
            self.assertTrue(built.exists(path), path)
        for path in (FSTAB, CUSTOM, CFG):
            self.assertEqual(built.attributes(path), self.pristine.attributes(path), path)
        self.assertEqual(built.read(FSTAB_COPY), self.pristine.read(FSTAB))
        common.assert_one_entry(self, built)

    def test_3_artifacts(self):
        built = disk.Ext4(self.image)
        for name in os.listdir(self.out):       # they hold the guest's /etc/shadow
            mode = stat.S_IMODE(os.stat(os.path.join(self.out, name)).st_mode)
            self.assertEqual(oct(mode), oct(0o600), name)
        with open(os.path.join(self.out, "manifest.json"), encoding="utf-8") as text:
            manifest = json.load(text)
        documents.check(manifest)
        left_out = {entry["path"]: entry["bytes"] for entry in manifest["left_out"]}
        for path in ("/tmp/", "/var/tmp/", "/var/lib/apt/lists/"):
            self.assertGreater(left_out.get(path, 0), 0, f"{path} in {left_out}")
        archive = os.path.join(self.out, "ram.tar.gz")
        self.assertEqual(os.path.getsize(archive), len(built.read(ARCHIVE)))
        with tarfile.open(archive) as tar:      # Python's own reading of it, as tar tzf would
            names = {re.sub(r"^\./", "", member.name) for member in tar}
        self.assertIn("usr/bin/perl", names)
        self.assertIn("etc/fstab", names)
        for name in ("boot/ram.tar.gz", "tmp/fixture-left-out", "proc/1",
                     "var/cache/apt/archives/fixture_1.0_all.deb"):
            self.assertNotIn(name, names)
        self.assert_packages(manifest)

    def assert_packages(self, manifest):
        """Each that dpkg has installed, and no other; as old as dpkg's list."""
        with open(os.path.join(self.out, manifest["files"]["sbom"]["file"]), encoding="utf-8") as text:
            document = json.load(text)
        system, packages = spdx.check(document)
        self.assertEqual(system["checksums"][0]["checksumValue"], manifest["files"]["archive"]["sha256"])
        status = self.pristine.read("/var/lib/dpkg/status").decode()
        wanted = {(re.search(r"^Package: (.+)$", entry, re.M)[1], re.search(r"^Version: (.+)$", entry, re.M)[1])
                  for entry in status.split("\n\n") if "\nStatus: install ok installed\n" in entry}
        self.assertGreater(len(wanted), 100)
        self.assertEqual({(package["name"], package["versionInfo"]) for package in packages}, wanted)
        changed = datetime.datetime.fromtimestamp(self.pristine.mtime("/var/lib/dpkg/status"), datetime.timezone.utc)
        self.assertEqual(document["creationInfo"]["created"], changed.strftime("%Y-%m-%dT%H:%M:%SZ"))


if __name__ == "__main__":
    common.main()
