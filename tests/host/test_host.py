"""ramimg on Proxmox VE hosts that are folders: names found, storages told apart, others kept off.

    test_host.py --list         the names of the cases
    test_host.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_HOST_DIR (scratch). Nothing here starts an appliance: the
volumes are no qcow2, or empty, and being refused as that shows that they were found and opened.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import traceback

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))

from command import run  # noqa: E402
from pve import STORAGE_CFG, Host  # noqa: E402

CASES = {}
VM = "name: web\nboot: order=scsi0\nscsi0: local:105/vm-105-disk-1.qcow2,size=8G\n"


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


class Work:
    def __init__(self, name):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_HOST_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.config = os.path.join(self.dir, "ramimg.conf")
        with open(self.config, "w", encoding="utf-8") as text:
            text.write(f'stage: {{ dir = "{self.dir}/stage"; }};\n')
        self.host = Host(os.path.join(self.dir, "host"))

    def run(self, *args, **kwargs):
        return run(args[0], "--pve-root", self.host.root, *args[1:], work=self.dir,
                   config=self.config, seconds=60, **kwargs)

    def refused(self, target, words, status=3, command="build", **kwargs):
        """The command fails with these words, quickly, and nothing of the host has changed."""
        before = self.tree()
        result = self.run(command, target, **kwargs)
        expect(result.status == status, f"status {status} expected: {result}")
        expect(re.search(words, result.err), f"the words {words!r} expected: {result}")
        expect(self.tree() == before, f"something changed: {result}")
        return result

    def found(self, target, path):
        """It is found and opened: refused for what the file itself is (cut off, a qcow2)."""
        self.refused(target, rf"{re.escape(path)}.*(cut short|cannot be opened as)")

    def tree(self):
        """Every file below the host, with its content. Lock files come and stay, empty."""
        found = {}
        for where, _, names in os.walk(self.host.root):
            for name in names:
                path = os.path.join(where, name)
                if os.path.isfile(path) and not name.startswith("lock-"):
                    with open(path, "rb") as data:
                        found[path] = hashlib.sha256(data.read()).hexdigest()
        return found

    def fake(self, name, text):
        """A program in front of the real ones; what it is called with goes to calls.txt."""
        where = os.path.join(self.dir, "bin")
        os.makedirs(where, exist_ok=True)
        path = os.path.join(where, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$(basename "$0") $*" >> {self.dir}/calls.txt\n{text}\n')
        os.chmod(path, 0o755)
        return ["env", f"PATH={where}:{os.environ['PATH']}"]

    def calls(self):
        try:
            with open(os.path.join(self.dir, "calls.txt"), encoding="utf-8") as text:
                return text.read().replace(self.host.root, "").splitlines()
        except FileNotFoundError:
            return []


# --- names

@case
def every_form_of_a_name(work):
    work.host.vm(105, VM)
    path = work.host.image("105/vm-105-disk-1.qcow2")
    for target in ("105", "vm-105-disk-1", "vm-105-disk-1.qcow2",
                   "local:105/vm-105-disk-1.qcow2", path):
        work.found(target, path)


@case
def legacy_boot_order(work):
    work.host.vm(105, "boot: c\nbootdisk: scsi0\nide2: none,media=cdrom\n"
                 "scsi0: local:105/vm-105-disk-1.qcow2\nscsi1: local:105/vm-105-disk-2.qcow2\n")
    work.found("105", work.host.image("105/vm-105-disk-1.qcow2"))


@case
def linked_clone(work):
    path = work.host.image("105/vm-105-disk-1.qcow2")
    base = work.host.image("100/base-100-disk-0.qcow2")
    work.host.vm(100, "template: 1\nscsi0: local:100/base-100-disk-0.qcow2\n")
    volid = "local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2"
    work.host.vm(105, f"boot: order=scsi0\nscsi0: {volid}\n")
    for target in (volid, "vm-105-disk-1", "105"):
        work.found(target, path)
    work.refused("local:100/base-100-disk-0.qcow2",
                 "template's base volume, and the disk of VM 105 is a linked clone of it")
    work.refused(base, "both name it|template")


@case
def short_name_of_several(work):
    work.host.storage_cfg(STORAGE_CFG + "dir: other\n\tpath /srv/other\n\tcontent images\n")
    work.host.vm(105, "scsi0: local:105/vm-105-disk-1.qcow2\nscsi1: other:105/vm-105-disk-1.raw\n")
    work.refused("vm-105-disk-1", r"may be any of local:105/vm-105-disk-1\.qcow2, "
                 r"other:105/vm-105-disk-1\.raw; say which", status=2)


@case
def short_name_in_no_configuration(work):
    """A volume that the VM's configuration does not name is found on a storage."""
    work.host.vm(105, "name: web\n")
    work.refused("vm-105-disk-1", "VM 105 has no volume vm-105-disk-1", status=2)
    work.found("vm-105-disk-1", work.host.image("105/vm-105-disk-1.qcow2"))


@case
def name_that_is_a_file_too(work):
    work.host.vm(105, VM)
    work.host.image("105/vm-105-disk-1.qcow2")
    with open(os.path.join(work.dir, "vm-105-disk-1"), "wb") as file:
        file.write(b"x")
    work.refused("vm-105-disk-1", r"a volume's name and a file here; say \./vm-105-disk-1", status=2)


@case
def bad_names(work):
    work.host.storage_cfg(STORAGE_CFG + "dir: off\n\tpath /srv/off\n\tcontent images\n\tdisable\n\n"
                          "dir: elsewhere\n\tpath /srv/e\n\tcontent images\n\tnodes pve2,pve3\n\n"
                          "dir: isos\n\tpath /srv/i\n\tcontent iso\n\n"
                          "zfs: overiscsi\n\tportal 10.0.0.1\n\ttarget t\n\tpool p\n\n"
                          "iscsidirect: direct\n\tportal 10.0.0.1\n\ttarget t\n\n"
                          "esxi: vmware\n\tserver a\n\n"
                          "pbs: backup\n\tserver a\n\n"
                          "cephfs: files\n\n")
    work.host.vm(105, VM)
    for target, words, status in (
            ("nowhere:vm-105-disk-1", "no storage 'nowhere'", 2),
            ("off:105/vm-105-disk-1.raw", "'off' is disabled", 3),
            ("elsewhere:105/vm-105-disk-1.raw", "'elsewhere'.*pve2", 3),
            ("isos:105/vm-105-disk-1.raw", "'isos'.*images", 3),
            ("overiscsi:vm-105-disk-1", "overiscsi", 3),
            ("direct:lun1", "direct", 3),
            ("vmware:a/b/c.vmdk", "vmware", 3),
            ("backup:vm-105-disk-1", "backup", 3),
            ("files:105/vm-105-disk-1.raw", "files", 3),
            ("local:105/../../../etc/passwd", "local:105/", 2),
            ("local:../105/vm-105-disk-1.raw", "local:", 2),
            ("local:105/-rf.raw", "local:105/", 2),
            ("local:105/vm-105-disk-9.qcow2", "vm-105-disk-9", 1),
            ("106", "VM 106 does not exist", 1),
            ("local:106/vm-106-disk-0.raw", "VM 106 does not exist", 1),
            ("99", "no VMID", 2)):
        work.refused(target, words, status)


@case
def hostile_files(work):
    """A storage.cfg of a megabyte, a configuration of garbage: an error."""
    work.host.storage_cfg(STORAGE_CFG + "dir: x\n\tpath /x\n" * 40000)
    work.host.put("etc/pve/nodes/pve1/qemu-server/105.conf", "\x00\xff[]]: =\n" * 1000)
    work.refused("105", "VM 105", status=2)
    work.host.storage_cfg("x" * (1 << 20) + "\n")
    work.refused("105", "storage.cfg is larger than the 1 MiB", status=2)


# --- others

@case
def states_of_the_vm(work):
    work.host.image("105/vm-105-disk-1.qcow2")
    for text, words in (
            ("lock: backup\n", r"locked \(backup\)"),
            ("template: 1\n", "template"),
            ("lock: suspended\nvmstate: local:105/vm-105-state-suspend.raw\n",
             "hibernated|suspended")):
        work.host.vm(105, VM + text)
        for target in ("105", "vm-105-disk-1",
                       work.host.path("var/lib/vz/images/105/vm-105-disk-1.qcow2")):
            work.refused(target, words)


@case
def on_another_node(work):
    work.host.image("105/vm-105-disk-1.qcow2")
    work.host.vm(105, VM, node="pve2")
    for target in ("105", "vm-105-disk-1", "local:105/vm-105-disk-1.qcow2",
                   work.host.path("var/lib/vz/images/105/vm-105-disk-1.qcow2")):
        work.refused(target, "VM 105 is on the node 'pve2'")


@case
def two_vms_name_it(work):
    work.host.image("105/vm-105-disk-1.qcow2")
    work.host.vm(105, VM)
    work.host.vm(106, "virtio0: local:105/vm-105-disk-1.qcow2\n")
    work.refused("105", "VM 10[56] .* and VM 10[56] .* both name it")


@case
def config_lock_is_held(work):
    work.host.vm(105, VM)
    work.host.image("105/vm-105-disk-1.qcow2")
    path = work.host.path("var/lock/qemu-server/lock-105.conf")
    with open(path, "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work.refused("105", rf"process {os.getpid()} \(python")


@case
def a_real_qemu(work):
    """A QEMU as Proxmox starts it: found by its pid file, and without one by its locks."""
    disk = work.host.image("105/vm-105-disk-1.raw")
    work.host.vm(105, "boot: order=scsi0\nscsi0: local:105/vm-105-disk-1.raw\n")
    pidfile = work.host.path("var/run/qemu-server/105.pid")
    qmp = os.path.join(work.dir, "qmp")
    qemu = subprocess.Popen(
        ["qemu-system-x86_64", "-S", "-display", "none", "-machine", "none,accel=tcg", "-nodefaults",
         "-pidfile", pidfile, "-qmp", f"unix:{qmp},server=on,wait=off",
         "-blockdev", f"driver=file,filename={disk},node-name=d"],
        stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not (os.path.exists(qmp) and os.path.exists(pidfile)):
            expect(qemu.poll() is None and time.monotonic() < until, "QEMU did not start")
            time.sleep(0.05)
        work.refused("105", rf"VM 105 is running \(process {qemu.pid}\)")
        work.refused(disk, rf"VM 105 is running \(process {qemu.pid}\)")
        listed = json.loads(work.run("list", "--json").out)
        expect([row["state"] for row in listed] == ["running"], listed)
        os.rename(pidfile, pidfile + ".away")
        work.refused("105", rf"process {qemu.pid} \(qemu-system-x86\) has it open for writing")
    finally:
        qemu.kill()
        qemu.wait()
    os.rename(pidfile + ".away", pidfile)
    listed = json.loads(work.run("list", "--json").out)
    expect([row["state"] for row in listed] == ["stopped"], f"a stale pid file: {listed}")


# --- storages whose volumes have to be made there

@case
def rbd_is_mapped(work):
    """No ceph here: the command is recorded, and what it answers is a file."""
    device = work.host.image("rbd0", size=0)
    prefix = work.fake("rbd", f'case "$*" in *" map "*) echo {device};; esac')
    work.host.storage_cfg("rbd: ceph\n\tpool vms\n\tkrbd 0\n\tcontent images\n\n"
                          "rbd: far\n\tpool vms\n\tnamespace team\n\tmonhost 10.0.0.1 10.0.0.2\n"
                          "\tusername ram\n\tcontent images\n")
    work.host.put("etc/pve/ceph.conf", "[global]\n")
    work.host.put("etc/pve/priv/ceph/ceph.keyring", "")
    work.host.put("etc/pve/priv/ceph/far.keyring", "")
    work.host.vm(105, "boot: order=scsi0\nscsi0: ceph:vm-105-disk-1\nscsi1: far:vm-105-disk-2\n")
    work.run("build", "ceph:vm-105-disk-1", prefix=prefix)
    work.run("build", "far:vm-105-disk-2", prefix=prefix)
    near = "rbd -p vms -c /etc/pve/ceph.conf -n client.admin --keyring /etc/pve/priv/ceph/ceph.keyring"
    far = ("rbd -p vms --namespace team -m 10.0.0.1,10.0.0.2 --auth_supported cephx -n client.ram "
           "--keyring /etc/pve/priv/ceph/far.keyring")
    gone = device.replace(work.host.root, "")
    expect(work.calls() == [f"{near} map vm-105-disk-1", f"{near} unmap {gone}",
                            f"{far} map vm-105-disk-2", f"{far} unmap {gone}"],
           "\n".join(work.calls()))


@case
def program_that_fails(work):
    prefix = work.fake("rbd", "echo 'rbd: sysfs write failed' >&2; exit 6")
    work.host.storage_cfg("rbd: ceph\n\tpool vms\n\tcontent images\n")
    work.host.vm(105, "scsi0: ceph:vm-105-disk-1\n")
    work.refused("vm-105-disk-1", "activating ceph:vm-105-disk-1: rbd failed with status 6: "
                 "rbd: sysfs write failed", status=1, prefix=prefix)


@case
def zvol_link_comes_late(work):
    """No ZFS here: the commands are recorded; settling makes the link."""
    link = work.host.path("dev/zvol/tank/vms/vm-105-disk-1")
    disk = work.host.image("zvol", size=0)
    work.fake("zpool", 'test "$1" != list')
    prefix = work.fake("udevadm", f"mkdir -p $(dirname {link}); ln -s {disk} {link}")
    work.host.storage_cfg("zfspool: tank\n\tpool tank/vms\n\tcontent images\n")
    work.host.vm(105, "scsi0: tank:vm-105-disk-1\n")
    work.run("build", "vm-105-disk-1", prefix=prefix)
    expect(work.calls() == [
        "zpool list -H -o name tank",
        "zpool import -d /dev/disk/by-id/ -o cachefile=none tank",
        "udevadm settle --timeout=10 --exit-if-exists=/dev/zvol/tank/vms/vm-105-disk-1"],
        "\n".join(work.calls()))


@case
def plugin_is_asked_for(work):
    disk = work.host.image("plugin.raw", size=0)
    prefix = work.fake("pvesm", f"echo {disk}")
    work.host.storage_cfg("acme: san\n\tcontent images\n")
    work.host.vm(105, "scsi0: san:vm-105-disk-1\n")
    work.run("build", "san:vm-105-disk-1", prefix=prefix)
    expect(work.calls() == ["pvesm path san:vm-105-disk-1"], work.calls())


# --- list

@case
def list_shows_disks(work):
    work.host.vm(105, VM + "ide2: local:iso/debian.iso,media=cdrom\nefidisk0: local:105/vm-105-disk-0.raw\n"
                 "unused0: local:105/vm-105-disk-7.raw\n")
    work.host.vm(106, "lock: backup\nname: db\nvirtio0: local:106/vm-106-disk-0.raw,size=32G\n")
    work.host.vm(9000, "template: 1\nscsi0: local:9000/base-9000-disk-0.vmdk\n")
    work.host.vm(107, "scsi0: local:107/vm-107-disk-0.raw\n", node="pve2")
    result = work.run("list")
    expect(result.status == 0, result)
    want = """\
VMID  NAME  DRIVE    VOLUME                         SIZE  FORMAT  BOOT  STATE
105   web   scsi0    local:105/vm-105-disk-1.qcow2  8G    qcow2   yes   stopped
106   db    virtio0  local:106/vm-106-disk-0.raw    32G   raw     yes   locked (backup)
9000  -     scsi0    local:9000/base-9000-disk-0.vmdk  -  vmdk    yes   template
"""
    expect([line.split() for line in result.out.splitlines()]
           == [line.split() for line in want.splitlines()], result)
    one = json.loads(work.run("list", "--json", "106").out)
    path = work.host.path("var/lib/vz/images/106/vm-106-disk-0.raw")
    expect(one == [{"vmid": 106, "name": "db", "drive": "virtio0", "size": "32G", "format": "raw",
                    "volid": "local:106/vm-106-disk-0.raw", "path": path, "boot": True,
                    "state": "locked (backup)"}], one)
    work.refused("107", "VM 107 is on the node 'pve2'", command="list")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(CASES))
        return 0
    failed = 0
    for name in options.names or CASES:
        try:
            work = Work(name)
            CASES[name](work)
            shutil.rmtree(work.dir)
            print(f"ok {name}", flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"FAILED {name} (its files: {os.environ['RAMIMG_HOST_DIR']}/{name})", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
