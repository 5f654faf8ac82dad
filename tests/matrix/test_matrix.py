# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One row of guests.table. NAME: the guest is built, boots into RAM by its own GRUB and lets go of its disk, which is
pulled. NAME-back, on the disk that NAME has left: it is verified, the stock entry boots it, and after revert it boots by
itself, both as `ramimg test` says.

Environment: RAMIMG, RAMIMG_E2E_DIR (the row's scratch; result.json there is what table.py reads).
"""

import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import common  # noqa: E402
import table  # noqa: E402
from command import run  # noqa: E402
from pvevm import host  # noqa: E402
from vm import Vm  # noqa: E402

# Buses that QEMU can unplug a disk from.
UNPLUGS = ("scsi", "virtio")
NO_SUCH_SUITE = 3
MIB = 1 << 20
# A compressed root swaps to so much.
ZRAM_MIB = 256
# Four bytes of attributes, then the variable: 1 where the firmware verifies what it starts.
SECURE_BOOT = "od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
DISKS = "ext2,ext4,xfs,btrfs,vfat"


def guest_disk(name):
    made = subprocess.run(["sh", os.path.join(HERE, "make"), name], stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode == NO_SUCH_SUITE:
        print("skipped: the archive has no such suite")
        sys.exit(77)
    if made.returncode != 0:
        raise AssertionError(f"make {name} ended with status {made.returncode}")
    return made.stdout.strip()


class Row(common.E2eTest):
    row = vm = None

    @classmethod
    def setUpClass(cls):
        cls.image = common.in_workdir("disk." + cls.row["format"])
        cls.secure = cls.row["firmware"] == "secureboot"
        cls.variables = common.in_workdir("variables.fd") if cls.row["firmware"] != "bios" else None

    def note(self, **more):
        """Add to the row's result."""
        path = common.in_workdir("result.json")
        result = table.result_of(os.path.dirname(common.workdir()), self.row["name"])
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"row": self.row, **result, **more}, out, indent=1)

    def compressed(self):
        return self.row["form"] == "compressed"

    def ramimg(self, *words, seconds=900):
        form = f'root: {{ form = "compressed"; zram = "{ZRAM_MIB}M"; }};\n' if self.compressed() else ""
        got = run(*words, work=common.workdir(), config=common.config(form), seconds=seconds)
        self.assertEqual(got.status, 0, got)
        return got


class Ram(Row):
    def test_1_is_built(self):
        fixture = guest_disk(self.row["name"])
        for name in ("result.json", "variables.fd"):
            if os.path.exists(common.in_workdir(name)):
                os.unlink(common.in_workdir(name))
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", self.row["format"], fixture, self.image], check=True)
        self.note(passed=False)
        # Where the appliance reads, this would take as long as a build.
        about = self.row["root"] == "ext4" and json.loads(self.ramimg("inspect", "--json", self.image).out)["estimate"]
        got = self.ramimg("build", "--json", self.image)
        least = -(-json.loads(got.out)["ram"]["needed_bytes"] // MIB)
        self.note(build_seconds=round(got.seconds), least_mib=least)
        print(f"\nbuild: {got.seconds:.0f} s, {least} MiB\n{got.out}")
        if about and not self.compressed():
            estimate = about["needed_bytes"] / MIB
            self.assertTrue(0.95 * least <= estimate <= 1.15 * least, f"an estimate of {estimate:.0f} MiB, then {least}")

    def boot(self, memory_mib):
        vm = Vm(common.workdir(), self.image, self.row["format"], name="ram", bus=self.row["bus"],
                machine=self.row["machine"], variables=self.variables, secure=self.secure, memory_mib=memory_mib)
        type(self).vm = vm.__enter__()
        self.addClassCleanup(vm.__exit__)
        started = time.monotonic()
        vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.note(boot_seconds=round(time.monotonic() - started))
        if self.secure:
            self.assertEqual(vm.text(SECURE_BOOT), "1")

    def test_2_boots_into_ram(self):
        """With no more memory than the build says that it takes."""
        self.boot(table.result_of(os.path.dirname(common.workdir()), self.row["name"])["least_mib"])
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "overlay" if self.compressed() else "tmpfs")
        self.assertEqual(json.loads(self.vm.text("cat /run/ramimg/status"))["result"], "ram")
        if self.row["initramfs"] == "dracut":
            # Which would unpack the initramfs into this RAM at the shutdown.
            self.assertEqual(self.vm.text("systemctl is-active dracut-shutdown || true"), "inactive")
            self.assertEqual(self.vm.text("systemctl show -P FragmentPath dracut-shutdown"),
                             "/etc/systemd/system/dracut-shutdown.service")
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || systemctl --failed", 300), "running")

    def test_3_lets_go_of_the_disk(self):
        self.assertEqual(self.vm.text(f"findmnt -rn -o SOURCE -t {DISKS} || true"), "")
        self.assertEqual(self.vm.text("swapon --show=NAME,TYPE,PRIO --noheadings").split(),
                         ["/dev/zram0", "partition", "100"] if self.compressed() else [])
        if self.compressed():
            self.assertEqual(self.vm.text("cat /sys/block/zram0/disksize"), str(ZRAM_MIB * MIB))
            self.assertEqual(self.vm.text("findmnt -rn -o TARGET | grep ramimg || true"), "")
        self.assertEqual(json.loads(self.vm.text("cat /run/ramimg/status"))["kept"], [])

    def test_4_lives_on_without_it(self):
        if self.row["bus"] in UNPLUGS:
            slot = self.row["bus"] + "0"
            self.vm.qmp.command("device_del", id=slot)
            self.vm.qmp.wait_event("DEVICE_DELETED", 60, device=slot)
            self.assertNotIn("drive-" + slot, [d["device"] for d in self.vm.qmp.command("query-block")
                                               if d.get("inserted")])
        # Neither loop devices nor zram.
        self.assertEqual(self.vm.text("lsblk --nodeps --noheadings --output NAME | grep -v '^loop\\|^zram0$' || true"), "")
        self.vm.run("systemctl restart cron && dpkg --verify base-files && tar -cf /dev/null /usr /boot", 300,
                    check=True)
        self.assertNotRegex(self.vm.text("dmesg"), r"I/O error|SQUASHFS error|EXT4-fs error")
        self.vm.poweroff()
        self.note(passed=True)


class Back(Row):
    def test_0_is_verified(self):
        self.ramimg("verify", self.image)

    def node(self):
        """A Proxmox VE node with the row's VM, but for NVMe, which is no bus there."""
        drive = self.row["bus"].replace("nvme", "scsi") + "0"
        volume, variables = f"105/vm-105-disk-0.{self.row['format']}", "105/vm-105-disk-1.raw"
        conf = (f"memory: 3072\nmachine: {self.row['machine']}\nscsihw: virtio-scsi-single\n"
                f"{drive}: local:{volume},size=4G\n")
        if self.variables:
            conf += f"bios: ovmf\nefidisk0: local:{variables},efitype=4m,pre-enrolled-keys={int(self.secure)},size=4M\n"
        node = host("host", conf)
        node.image(volume, of=self.image)
        if self.variables:
            node.image(variables, of=self.variables)
        return node.root

    def boots_from_the_disk(self, more=""):
        """Each check is made: it has an agent, or the command would fail."""
        command = f"""set -e
test "$(findmnt -n -o FSTYPE /)" = {self.row["root"]}
test -z "$(grep ramimg /proc/cmdline)"
test "$(systemctl is-system-running)" = running
"""
        if self.secure:
            command += f"test $({SECURE_BOOT}) = 1\n"
        # It ends by itself after 900 seconds of the guest's, and says what failed; before them it sets GRUB's next entry.
        got = self.ramimg("test", "--pve-root", self.node(), "--boot", "disk", "--exec", command + more, "105", seconds=1300)
        print("\n" + got.out)

    def test_1_boots_from_the_disk_by_its_stock_entry(self):
        self.boots_from_the_disk()

    def test_2_is_reverted(self):
        self.ramimg("revert", self.image)
        self.boots_from_the_disk('test -z "$(find /boot /etc /var/lib -name \'*ramimg*\' -o -name \'ram.[ts]*\')"')
        self.note(back=True)


def main():
    name, part = sys.argv.pop(1), Ram
    if name.endswith("-back"):
        name, part = name[:-len("-back")], Back
    Row.row = next(row for row in table.rows() if row["name"] == name)
    sys.argv.append(part.__name__)
    common.main()


if __name__ == "__main__":
    main()
