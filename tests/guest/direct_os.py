# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the direct reader says of the operating system on made-up guests: the same as libguestfs's inspection
(docs/architecture.md), or that it is not known for certain (exit status 3), and then why.
"""
import os
import subprocess
import tempfile
import unittest

TOOL = os.environ["DIRECT_TOOL"]
MAKE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guests", "make")
UUID = "11111111-2222-4333-8444-55555555550"
OS = "x86_64 Debian GNU/Linux 12 (bookworm)"


def mount(at, device, number, table="msdos", partuuid=None):
    uuid = f"{UUID}{number}"
    return [f"mount {at} {device}",
            f"device {uuid} UUID={uuid} disk 0 part {device[-1]} {table} -", f"tag UUID={uuid}",
            f"tag PARTUUID={partuuid or '11112222-0' + device[-1]}"]


WITH_SWAP = ["fs /dev/sda1 ext4", "fs /dev/sda2 swap"]
TWO = ["fs /dev/sda1 ext4", "fs /dev/sda2 ext4"]
ROOT = mount("/", "/dev/sda1", 1)
KNOWN = {
    "good": [*WITH_SWAP, OS, *ROOT],
    "gpt": ["fs /dev/sda1 ", "fs /dev/sda2 ext4", OS, *mount("/", "/dev/sda2", 1, "gpt", f"{UUID}7")],
    "efi": ["fs /dev/sda1 vfat", "fs /dev/sda2 ext4", OS, *mount("/", "/dev/sda2", 1, "gpt", f"{UUID}7"),
            "mount /boot/efi /dev/sda1", "device 1234-ABCD UUID=1234-ABCD disk 0 part 1 gpt -",
            "tag UUID=1234-ABCD", "tag LABEL=ESP", f"tag PARTUUID={UUID}6", "tag PARTLABEL=EFI System"],
    "separate-boot": [*TWO, OS, *ROOT, *mount("/boot", "/dev/sda2", 2)],
    "home-partition": [*TWO, OS, *ROOT, *mount("/home", "/dev/sda2", 3)],
    "no-fstab": [*WITH_SWAP, OS, *ROOT],
    "fstab-no-root": [*WITH_SWAP, OS, *ROOT],
    "fstab-two-roots": [*WITH_SWAP, OS, *ROOT],
    "fstab-no-final-newline": [*WITH_SWAP, OS, *ROOT],
}
UNKNOWN = {
    "two-oses": "several operating systems on the disk (Debian GNU/Linux 12 (bookworm) on /dev/sda1, ",
    "no-os": "no operating system was found directly",
    "no-partition": "no partition and no file system on the disk",
    "damaged-fs": "/dev/sda1: ",
    "luks-root": "the root is encrypted (LUKS on /dev/sda1)",
}


class Os(unittest.TestCase):
    def run_on(self, guest, command="os"):
        with tempfile.TemporaryDirectory() as d:
            image = os.path.join(d, "image")
            subprocess.run(["sh", MAKE, guest, image], check=True)
            return subprocess.run([TOOL, command, image], capture_output=True, text=True, timeout=120)

    def test_known(self):
        for guest, want in KNOWN.items():
            with self.subTest(guest):
                done = self.run_on(guest)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout.splitlines(), want)

    def test_facts(self):
        """ramimg's own inspection goes through with it."""
        done = self.run_on("separate-boot", "facts")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        kernel = "6.1.0-9-amd64"
        self.assertEqual(done.stdout.splitlines(), [
            f"Debian GNU/Linux 12 (bookworm) x86_64 initramfs-tools, root=UUID={UUID}1",
            f"mount / ext4 {UUID}1", f"mount /boot ext4 {UUID}2 boot",
            *(f"boot {name}-{kernel}" for name in ("System.map", "config", "initrd.img", "vmlinuz")),
            f"modules {kernel}", "text /etc/fstab 1", "text /etc/grub.d/40_custom 1",
            "text /boot/grub/grub.cfg 1", "text /etc/default/grub 1"])

    def test_partuuid(self):
        """And PARTLABEL, of the guest "efi": which libguestfs's own inspection does not find in an fstab."""
        done = self.run_on("efi-fat16", "facts")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("mount /boot/efi vfat 1234-ABCD", done.stdout.splitlines())

    def test_case_of_letters(self):
        """Linux finds on FAT what is written in another case, and whether ramimg should is not sure."""
        with tempfile.TemporaryDirectory() as d:
            image = os.path.join(d, "image")
            subprocess.run(["sh", MAKE, "efi", image], check=True)
            ask = [TOOL, "ask", image, "/dev/sda2:/", "/dev/sda1:/boot/efi", ".", "kind"]
            done = subprocess.run([*ask, "/boot/efi/EFI/debian/grub.cfg", "/boot/efi/EFI/BOOT",
                                   "/boot/efi/nothing"], capture_output=True, text=True, timeout=120)
            self.assertEqual((done.stdout.split(), done.stderr), (["file", "dir", "none"], ""))
            done = subprocess.run([*ask, "/boot/efi/efi"], capture_output=True, text=True, timeout=120)
            self.assertEqual((done.returncode, done.stderr),
                             (3, '"EFI" is wanted in another case of letters\n'))

    def test_refused(self):
        """Of which there is no doubt, so that no appliance has to be asked."""
        done = self.run_on("fstab-crlf")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^/etc/fstab: line 2, column \d+: a carriage return, as DOS ends lines")

    def test_unknown(self):
        for guest, words in UNKNOWN.items():
            with self.subTest(guest):
                done = self.run_on(guest)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertTrue(done.stderr.startswith(words), done.stderr)


if __name__ == "__main__":
    unittest.main()
