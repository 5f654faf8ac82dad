# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bench itself, without a figure of this machine's speed: its sums, and that its parts work.

Environment: RAMIMG, RAMLOAD, LOADER_PACKER, BENCH_UNPACK, BENCH_TREE (programs).
"""

import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "guest"))

import appliance  # noqa: E402
import chart  # noqa: E402
import disks  # noqa: E402
import emulated  # noqa: E402
import loader_pack  # noqa: E402
import native  # noqa: E402
import report  # noqa: E402
import trees  # noqa: E402
from vm import Vm  # noqa: E402


def boots(kind, seconds, moved):
    return [{"run": i, "kind": kind, "seconds": s, "resident": 4 * m << 20,
             "guest_resident": 3 * m << 20, "moved": m << 20, "migration": m / 100, "gigabit": m / 10, "found": 1.5, "read": 20.0,
             "least": None if kind == "by hand" else m}
            for i, (s, m) in enumerate(zip(seconds, moved, strict=True))]


class Machine(unittest.TestCase):
    def test_has_the_balloon_device_in_its_slot(self):
        for machine in ("pc", "q35"):
            with tempfile.TemporaryDirectory() as work:
                disk = os.path.join(work, "disk.raw")
                with open(disk, "wb") as image:
                    image.truncate(1 << 20)
                with Vm(work, disk, "raw", memory_mib=64, machine=machine, balloon=True) as vm:
                    found = vm.qmp.command("qom-list", path="/machine/peripheral")
                    self.assertIn("balloon0", [device["name"] for device in found], machine)

    def test_is_moved_twice(self):
        """What is counted is of the second time, not what was said of the first."""
        with tempfile.TemporaryDirectory() as work:
            disk = os.path.join(work, "disk.raw")
            with open(disk, "wb") as image:
                image.truncate(1 << 20)
            with Vm(work, disk, "raw", memory_mib=64) as vm:
                first = vm.move(emulated.NOWHERE)
                vm.qmp.command("cont")
                second = vm.move(emulated.NOWHERE, 1 << 20)
        self.assertEqual((first["status"], second["status"]), ("completed", "completed"))


class Report(unittest.TestCase):
    def test_emulated(self):
        count, figures, ratios = report.emulated(
            boots("by hand", [40, 44, 60], [100, 110, 120]) +
            boots("gzip", [10, 10, 20], [50, 60, 70]) + boots("zstd", [8, 22, 15], [40, 44, 48]) +
            boots("lz4", [4, 4, 4], [50, 50, 50]) + boots("compressed", [5, 4, 6], [40, 33, 24]))
        self.assertEqual(count, 3)
        self.assertIn("| root mounted to root ready, s | 44.00 (40.00 to 60.00) | 10.00 (10.00 to 20.00) "
                      "| 15.00 (8.00 to 22.00) | 4.00 (4.00 to 4.00) | 5.00 (4.00 to 6.00) |", figures)
        self.assertIn("| moved by a live migration, MiB | 110 (100 to 120) | 60 (50 to 70) "
                      "| 44 (40 to 48) | 50 (50 to 50) | 33 (24 to 40) |", figures)
        self.assertIn("| least memory that a build names, MiB | – | 50 | 40 | 50 | 40 |", figures)
        # Run by run, not median by median: 40/10, 44/10, 60/20 and 40/8, 44/22, 60/15.
        self.assertIn("| time, by hand / ramimg | at least 4, 8 | 4.00 (3.00 to 4.40), met "
                      "| 4.00 (2.00 to 5.00), met | 11.00 (10.00 to 15.00), met | 10.00 (8.00 to 11.00), met |", ratios)
        self.assertIn("| moved, ramimg / by hand | at most 0.5, 0.3 | 0.55 (0.50 to 0.58), **missed** "
                      "| 0.40 (0.40 to 0.40), met | 0.45 (0.42 to 0.50), met | 0.30 (0.20 to 0.40), met |", ratios)

    def test_a_part_that_was_not_measured_keeps_its_section(self):
        part = {"machine": {"cpu": "Z80", "cores": 1, "kernel": "6", "qemu": "QEMU 7", "thp": "never", "ramimg": "ramimg 1"},
                "date": "2026-11-29", "others_percent": 3}
        growth = part | {"results": [{"gib": gib, "files": 1, "seconds": gib, "peak_kib": 1024} for gib in (0.5, 1)]}
        once = report.page({"growth": growth, "ramload_bytes": 1})
        whole = part | {"results": [{"run": 0, "kind": "gzip", "seconds": 7, "peak_kib": 1024,
                                     "phases": [{"name": "packing", "seconds": 1}]}]}
        twice = report.page({"whole": whole, "ramload_bytes": 2}, once)
        self.assertEqual([line for line in twice.splitlines() if line.startswith("## ")],
                         ["## A whole build, without KVM", "## As the tree grows", "## The loader's size"])
        self.assertIn(report.section("growth", {"growth": growth}), twice)
        self.assertIn("on an Z80 with 1 cores, Linux 6", twice)
        self.assertIn("static: 2 bytes", twice)
        self.assertNotIn("static: 1 bytes", twice)
        # And one that was, does not.
        self.assertNotIn("| 7 |", report.page({"whole": whole | {"results": [whole["results"][0] | {"seconds": 8}]},
                                               "ramload_bytes": 2}, twice))

    def test_native(self):
        rounds = [{"load": 1.2, "unpack": 0.5, "copy": 1.0}, {"load": 2.6, "unpack": 2.0, "copy": 1.0}]
        self.assertIn("| gzip | 1.90 (1.20 to 2.60) | 1.25 (0.50 to 2.00) | 1.00 (1.00 to 1.00) "
                      "| 1.25 (1.20 to 1.30), met |", report.native({"gzip": rounds}))
        self.assertIn("| image | 1.20 (1.10 to 1.30) | 1.00 (1.00 to 1.00) | 1.20 (1.10 to 1.30), met |",
                      report.image([{"load": a, "cat": 1.0} for a in (1.1, 1.3)]))
        slow = [{"load": 1.4, "unpack": 0.5, "copy": 1.0}]
        self.assertIn("| 1.40, **missed** |", report.native({"zstd": slow}))

    def test_whole(self):
        builds = [{"run": 0, "kind": "by hand", "seconds": 1300,
                   "phases": [{"name": "mkinitramfs", "seconds": 900}]}]
        builds += [{"run": i, "kind": kind, "seconds": seconds, "peak_kib": 40960,
                    "phases": [{"name": "packing", "seconds": seconds / 10}]}
                   for kind, both in (("gzip", (50, 54)), ("zstd", (60, 61)))
                   for i, seconds in enumerate(both)]
        table = report.whole(builds)
        self.assertIn("| by hand | 1300 |  |  | mkinitramfs 900.0 |", table)
        self.assertIn("| ramimg, gzip | 52 (50 to 54) | 25.0 (24.1 to 26.0), met | 40 (40 to 40) "
                      "| packing 5.2 |", table)
        self.assertIn("| 21.5 (21.3 to 21.7), **missed** |", table)
        self.assertNotIn("met", report.whole(builds[1:]))      # by hand was not run

    def test_appliance(self):
        rounds = [{"tar-out": a, "ramimg": b, "tar-out cpu": 90.0, "ramimg cpu": 40.0}
                  for a, b in ((60.0, 30.0), (90.0, 20.0), (100.0, 25.0))]
        # Round by round: 2, 4.5 and 4.
        table = report.appliance(rounds)
        self.assertIn("| the tree, s | 90 (60 to 100) | 25 (20 to 30) | 4.0 (2.0 to 4.5), met |", table)
        self.assertIn("| processor time of the whole run, s | 90 (90 to 90) | 40 (40 to 40) |  |", table)
        self.assertIn("| 2.0, **missed** |", report.appliance(rounds[:1]))
        self.assertEqual(appliance.seconds_between("x\nat=5.25\nat=7.50\n"), 2.25)
        phases = [{"name": "reading in the appliance", "seconds": 3.0}, {"name": "verifying", "seconds": 9.0},
                  {"name": "packing", "seconds": 1.5}]
        self.assertEqual(appliance.seconds_of(phases), 4.5)
        with self.assertRaises(KeyError):
            appliance.seconds_of(phases[1:])

    def test_trees(self):
        row = {"read": 1.0, "cat": 0.4, "zstd": 2.0, "tar zstd": 2.0, "gzip": 3.0, "tar gzip": 27.0, "squashfs": 4.0,
               "mksquashfs": 4.0}
        table = report.trees([row])
        self.assertIn("| 1.00 | 0.40 | 2.50, **missed** | at most 2.0 |", table)
        self.assertIn("| 2.00 | 2.00 | 1.00, met | at most 1.1 |", table)
        self.assertIn("| 3.00 | 27.00 | 9.00, met | at least 8 |", table)
        self.assertIn("| packing an image / `mksquashfs -comp zstd` | 4.00 | 4.00 | 1.00, met | at most 1.1 |", table)

    def test_growth(self):
        rows = [{"gib": gib, "files": 40000, "seconds": seconds, "peak_kib": 100 * 1024}
                for gib, seconds in ((1, 10), (2, 20), (4, 44))]
        rows += [{"gib": files / (1 << 20), "files": files, "seconds": seconds, "peak_kib": peak * 1024}
                 for files, seconds, peak in ((20000, 0.2, 100), (50000, 0.6, 100), (100000, 1.3, 140))]
        text = report.growth(rows)
        self.assertIn("| 4 | 40,000 | 44.00 | 11.00 |  | 100 |", text)
        self.assertIn("| 0.0954 | 100,000 | 1.30 |  | 13.0 | 140 |", text)
        self.assertIn("as the tree grows: the largest is 10 % above the smallest, met", text)
        self.assertIn("as their number grows: the largest is 30 % above the smallest, **missed**", text)
        self.assertIn("Memory: the largest is 40 % above the smallest, **missed**", text)
        self.assertIn("at most 200 MB: met", text)

    def test_chart(self):
        data = {"trees": {"results": [{"gzip": 3.0, "tar gzip": 30.0, "zstd": 2.0, "tar zstd": 2.5}]}}
        svg = xml.etree.ElementTree.fromstring(chart.draw(chart.panels(data)))
        bars = [float(e.get("width")) for e in svg.iter() if e.tag.endswith("rect")]
        self.assertEqual(len(bars), 4)
        self.assertAlmostEqual(bars[1], bars[0] / 10, delta=0.1)
        self.assertIn("tar | zstd -T0 -3", [e.text for e in svg.iter() if e.tag.endswith("text")])

    def test_chart_keeps_what_is_not_measured(self):
        packed = {"trees": {"results": [{"gzip": 3.0, "tar gzip": 30.0, "zstd": 2.0, "tar zstd": 2.5}]}}
        booted = {"emulated": {"results": boots("by hand", [40], [1000]) + boots("gzip", [10], [500]) +
                               boots("zstd", [11], [500]) + boots("lz4", [8], [500]) + boots("compressed", [2], [200])}}
        both = chart.draw(chart.panels(packed | booted))
        self.assertEqual(chart.draw(chart.panels(booted), chart.draw(chart.panels(packed))), both)
        self.assertEqual(chart.draw(chart.panels(packed), both), both)
        booted["emulated"]["results"][1]["seconds"] = 7.5
        again = chart.draw(chart.panels(booted), both)
        self.assertIn("7.5 s", again)
        self.assertEqual(again.count("<rect"), both.count("<rect"))


class Parts(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="ramimg-bench-")
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name

    def path(self, name):
        return os.path.join(self.dir, name)

    def test_native(self):
        os.mkdir(self.path("tree"))
        with open(self.path("tree/file"), "wb") as out:
            out.write(os.urandom(1 << 20) + bytes(3 << 20))
        tar = loader_pack.tar_tree(self.path("tree"))
        for kind in disks.ARCHIVES:
            archive, manifest = self.path("archive"), self.path("manifest")
            subprocess.run([os.environ["LOADER_PACKER"], kind, archive, manifest], input=tar, check=True)
            rounds = native.measure(os.environ["RAMLOAD"], os.environ["BENCH_UNPACK"], archive, manifest, 2)
            self.assertEqual([sorted(r) for r in rounds], 2 * [["copy", "load", "unpack"]])
            self.assertTrue(all(seconds > 0 for r in rounds for seconds in r.values()), rounds)

    def test_image(self):
        os.mkdir(self.path("tree"))
        with open(self.path("tree/file"), "wb") as out:
            out.write(os.urandom(2 << 20))
        image = loader_pack.Image(self.dir, loader_pack.squashfs(self.path("tree"), self.path("squashfs")),
                                  modules=["00-loop.ko"])
        files = {}
        for name, path in (("manifest", image.manifest), ("hashes", image.hashes)):
            with open(path, "rb") as data:
                files[name] = data.read()
        rounds = native.measure_image(os.environ["RAMLOAD"], image.path, files, 2)
        self.assertEqual([sorted(r) for r in rounds], 2 * [["cat", "load"]])
        self.assertTrue(all(seconds > 0 for r in rounds for seconds in r.values()), rounds)

    def test_trees(self):
        """A small image is grown, read and packed; its peak is some memory."""
        image, mount = self.path("image"), self.path("mount")
        trees.grow(image, mount, 1 / 16, 1000)
        seconds, _, out = trees.timed(os.environ["BENCH_TREE"], image)
        bytes_read, alone = out.split()
        self.assertEqual(int(bytes_read), 1000 * ((1 << 26) // 1000))
        self.assertGreater(seconds, float(alone))
        self.assertGreater(float(alone), 0)
        for kind in ("gzip", "zstd", "squashfs"):
            _, peak, out = trees.timed(os.environ["BENCH_TREE"], image, kind, self.path("packed"))
            # Of an image only the files' bytes count, of a tar its headers, too.
            self.assertGreaterEqual(int(out.split()[0]), 1000 * ((1 << 26) // 1000))
            self.assertGreater(peak, 1000)
            if kind == "squashfs":
                subprocess.run(["unsquashfs", "-l", self.path("packed")], check=True, stdout=subprocess.DEVNULL)
                continue
            subprocess.run(["tar", f"--{kind}", "-tf", self.path("packed")], check=True,
                           stdout=subprocess.DEVNULL)

    def test_unpack(self):
        """Alone it does what the loader does: all the bytes, and no damage unseen."""
        tar = (loader_pack.member(b"file", data=os.urandom(3 << 20)) + bytes(1024) +
               loader_pack.identity())
        for kind in disks.ARCHIVES:
            archive = loader_pack.Archive(self.dir, tar, kind)
            argv = [os.environ["BENCH_UNPACK"], archive.path, "2"]
            self.assertEqual(int(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout),
                             len(tar))
            with open(archive.path, "r+b") as data:
                data.seek(len(archive.data) // 2)
                data.write(bytes([archive.data[len(archive.data) // 2] ^ 1]))
            damaged = subprocess.run(argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertNotEqual(damaged.returncode, 0)

    def test_scripts(self):
        """Both boot scripts take the marks, and come back out of an initrd."""
        for script in (disks.RAMIMG_SCRIPT, os.path.join(HERE, "by-hand")):
            text = disks.marked(script)
            subprocess.run(["sh", "-n"], input=text, text=True, check=True)
            with open(self.path("initrd"), "wb") as out:
                out.write(os.urandom(1000) + disks.segment(self.dir, script, ["/bin/true"]))
            self.assertEqual(disks.in_initrd(self.path("initrd"), "scripts/ramimg").decode(), text)
        with open(self.path("other"), "w", encoding="utf-8") as out:
            out.write("mountroot()\n{\n\tmount /dev/sda /root\n}\n")
        with self.assertRaisesRegex(RuntimeError, "local_mount_root"):
            disks.marked(self.path("other"))


if __name__ == "__main__":
    unittest.main()
