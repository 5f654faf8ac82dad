# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramimg on Proxmox VE hosts that are folders: names found, storages told apart, others kept off.

    test_host.py --list         the names of the cases
    test_host.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_HOST_DIR (scratch). Nothing here starts an appliance: the
volumes are no qcow2, or empty, and being refused as that shows that they were found and opened. Loop
devices and mounts take root.
"""

import fcntl
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))

from cases import CASES, case, expect, main  # noqa: E402
from command import SLOW, Command, open_files, run  # noqa: E402
from pve import STORAGE_CFG, Host  # noqa: E402
from pveqemu import await_start  # noqa: E402

VM = "name: web\nboot: order=scsi0\nscsi0: local:105/vm-105-disk-1.qcow2,size=8G\n"


class Work:
    def __init__(self, name):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_HOST_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.config = os.path.join(self.dir, "ramimg.conf")
        self.configure()
        self.host = Host(os.path.join(self.dir, "host"))

    def configure(self):
        with open(self.config, "w", encoding="utf-8") as text:
            text.write(f'stage: {{ dir = "{self.dir}/stage"; }};\n')

    def run(self, *args, **kwargs):
        return run(args[0], "--pve-root", self.host.root, *args[1:], work=self.dir,
                   config=self.config, seconds=60, **kwargs)

    def refused(self, target, words, status=3, command="build", **kwargs):
        """The command (with its options) fails with these words, and nothing of the host changes."""
        before = self.tree()
        result = self.run(*command.split(), target, **kwargs)
        expect(result.status == status, f"status {status} expected: {result}")
        expect(re.search(words, result.err), f"the words {words!r} expected: {result}")
        expect(self.tree() == before, f"something changed: {result}")
        return result

    def refused_at_once(self, target, words, status=3, **kwargs):
        """… in under a second of a processor, as the clock tells what else the machine does."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = self.refused(target, words, status, **kwargs)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        expect(used < 1 and result.seconds < 5 * SLOW, f"{used} s of CPU: {result}")
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
    work.refused(base, "is the backing file of|template")


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
    work.refused("vm-105-disk-1", "VM 105 has no volume vm-105-disk-1", status=5)
    work.found("vm-105-disk-1", work.host.image("105/vm-105-disk-1.qcow2"))


@case
def short_name_that_storages_are_asked_for(work):
    """Volumes that no path shows yet, in no configuration: pvesm lists them, a plugin's too."""
    work.host.storage_cfg(STORAGE_CFG +
                          "lvmthin: thin\n\tvgname pve\n\tthinpool data\n\tcontent images\n\n"
                          "acme: san\n\tcontent images\n\n"
                          "dir: isos\n\tpath /srv/i\n\tcontent iso\n\n"
                          "nfs: off\n\tserver a\n\texport /e\n\tcontent images\n\tdisable\n")
    work.host.vm(105, "name: web\n")
    clone = work.host.image("105/vm-105-disk-4.qcow2", size=0)
    work.fake("lvchange", "echo no such volume >&2; exit 5")
    prefix = work.fake("pvesm", r"""
case "$2" in
thin) echo 'Volid              Format Type Size VMID'
      echo 'thin:vm-105-disk-1 raw images 4 105'
      echo 'thin:vm-105-disk-3 raw images 4 105' ;;
san) echo 'san:vm-105-disk-2  raw images 4 105'
     echo 'san:vm-105-disk-3 raw images 4 105' ;;
local) echo 'local:100/base-100-disk-0.qcow2/105/vm-105-disk-4.qcow2 qcow2 images 4 105' ;;
san:*) echo /dev/none ;;
esac""")
    work.fake("perl", "echo no such volume >&2; exit 1")
    work.refused("vm-105-disk-1", "activating thin:vm-105-disk-1: lvchange failed", status=1,
                 prefix=prefix)
    expect(work.calls()[:3] == [f"pvesm list {name} --vmid 105" for name in ("local", "thin", "san")],
           "\n".join(work.calls()))
    work.refused("vm-105-disk-2", "activating san:vm-105-disk-2: perl failed", status=1, prefix=prefix)
    work.refused("vm-105-disk-3", "may be any of thin:vm-105-disk-3, san:vm-105-disk-3; say which",
                 status=2, prefix=prefix)
    work.refused("vm-105-disk-4", f"local:100/.*{re.escape(clone)}: the file is empty", prefix=prefix)
    work.refused("vm-105-disk-5", "VM 105 has no volume vm-105-disk-5", status=5, prefix=prefix)
    prefix = work.fake("pvesm", "echo cannot reach it >&2; exit 2")
    result = work.refused("vm-105-disk-4", "the file is empty", prefix=prefix)
    expect("'thin' cannot be asked for its volumes: pvesm failed with status 2: cannot reach it"
           in result.err, result)


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
    work.host.put("etc/pve/nodes/pve1/lxc/200.conf", "rootfs: local:200/vm-200-disk-0.raw,size=1G\n")
    for target, words, status in (
            ("nowhere:vm-105-disk-1", "no storage 'nowhere'", 5),
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
            ("local:105/vm-105-disk-9.qcow2", "vm-105-disk-9", 5),
            ("106", "VM 106 does not exist", 5),
            ("local:106/vm-106-disk-0.raw", "VM 106 does not exist", 5),
            ("200", "200 is a container, not a VM", 3),
            ("local:200/vm-200-disk-0.raw", "200 is a container, not a VM", 3),
            ("99", "is not a VMID", 2)):
        work.refused_at_once(target, words, status)


@case
def nothing_of_that_name(work):
    """One status and one code, whatever is named and whichever command it is named to."""
    work.host.vm(105, VM)
    of_volumes = ("build", "build --dry-run", "inspect", "verify", "revert", "recover")
    for targets, commands in ((("109",), (*of_volumes, "list", "status", "check-migrate", "detach", "attach")),
                              (("nowhere:vm-105-disk-1", "local:105/vm-105-disk-9.raw", "vm-105-disk-9",
                                work.host.path("none.raw"), work.host.path("none/none.raw")), of_volumes)):
        for target in targets:
            for command in commands:
                result = work.refused(target, "", status=5, command=command + " --json")
                expect(json.loads(result.out)["error"]["code"] == "missing", result)


@case
def hostile_files(work):
    """A storage.cfg of a megabyte, a configuration of garbage: an error."""
    work.host.storage_cfg(STORAGE_CFG + "dir: x\n\tpath /x\n" * 40000)
    work.host.put("etc/pve/nodes/pve1/qemu-server/105.conf", "\x00\xff[]]: =\n" * 1000)
    work.refused_at_once("105", "VM 105", status=2)
    work.host.storage_cfg("x" * (1 << 20) + "\n")
    work.refused_at_once("105", "storage.cfg is larger than the 1 MiB", status=2)


# --- others

def wait_until(condition, otherwise):
    until = time.monotonic() + 60 * SLOW
    while not condition():
        expect(time.monotonic() < until, otherwise)
        time.sleep(0.05)


def has_open(pid, path):
    try:
        return path in open_files(pid)
    except FileNotFoundError:       # the process has ended
        return False


# --force is for an existing FILE of --output and for files edited since the build, and lifts nothing else.
WITH_FORCE = ("build", "build --force", "revert --force")


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
            for command in WITH_FORCE:
                work.refused(target, words, command=command)


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
def configuration_that_changes_meanwhile(work):
    """While a build waits for the lock of the VM that had the volume, another one gets it."""
    work.host.image("105/vm-105-disk-1.qcow2")
    work.host.vm(105, VM)
    path = work.host.path("var/lock/qemu-server/lock-105.conf")
    with open(path, "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build = Command("build", "--pve-root", work.host.root, "105", work=work.dir, config=work.config)
        wait_until(lambda: has_open(build.process.pid, path), "the build did not come to the lock")
        work.host.vm(105, "name: web\n")
        work.host.vm(106, "scsi1: local:105/vm-105-disk-1.qcow2\n")
    result = build.finish(60)
    expect(result.status == 3 and "its VM's configuration just changed; try again" in result.err, result)


@case
def snapshot_pins_it(work):
    """A disk that a snapshot names is built, and said so; one that is only read needs no word."""
    path = work.host.image("105/vm-105-disk-1.qcow2")
    work.host.vm(105, VM + "\n[before]\nscsi0: local:105/vm-105-disk-1.qcow2,size=8G\n")
    words = "is in the snapshot 'before' of VM 105: it keeps the state before the build"
    for target in ("105", path):
        result = work.refused(target, "cut short|cannot be opened as")
        expect(words in result.err, result)
    result = work.refused("105", "cut short|cannot be opened as", command="inspect")
    expect(words not in result.err, result)


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
        await_start(qemu, qmp, pidfile)
        for command in WITH_FORCE:
            for target in ("105", disk):
                work.refused(target, rf"VM 105 is running \(process {qemu.pid}\)", command=command)
        listed = json.loads(work.run("list", "--json").out)["volumes"]
        expect([row["state"] for row in listed] == ["running"], listed)
        os.rename(pidfile, pidfile + ".away")
        for command in WITH_FORCE:
            work.refused("105", rf"process {qemu.pid} \(qemu-system-x86\) has it open for writing",
                         command=command)
    finally:
        qemu.kill()
        qemu.wait()
    os.rename(pidfile + ".away", pidfile)
    listed = json.loads(work.run("list", "--json").out)["volumes"]
    expect([row["state"] for row in listed] == ["stopped"], f"a stale pid file: {listed}")


# --- storages whose volumes have to be made there

@case
def rbd_is_mapped(work):
    """No ceph here: the command is recorded, and what it answers is a file. The VM is kept off."""
    device = work.host.image("rbd0", size=0)
    lock = work.host.path("var/lock/qemu-server/lock-105.conf")
    prefix = work.fake("rbd", f'case "$*" in *" map "*) echo {device};; esac\n'
                       f"! flock --nonblock {lock} true")
    work.host.storage_cfg("rbd: ceph\n\tpool vms\n\tkrbd 0\n\tcontent images\n\n"
                          "rbd: far\n\tpool vms\n\tnamespace team\n\tmonhost 10.0.0.1 10.0.0.2\n"
                          "\tusername ram\n\tcontent images\n")
    work.host.put("etc/pve/ceph.conf", "[global]\n")
    work.host.put("etc/pve/priv/ceph/ceph.keyring", "")
    work.host.put("etc/pve/priv/ceph/far.keyring", "")
    work.host.vm(105, "boot: order=scsi0\nscsi0: ceph:vm-105-disk-1\nscsi1: far:vm-105-disk-2\n")
    for target in ("ceph:vm-105-disk-1", "far:vm-105-disk-2"):
        result = work.run("build", target, prefix=prefix)
        expect("rbd0: the file is empty" in result.err and "stays active" not in result.err, result)
    near = "rbd -p vms -c /etc/pve/ceph.conf -n client.admin --keyring /etc/pve/priv/ceph/ceph.keyring"
    far = ("rbd -p vms --namespace team -m 10.0.0.1,10.0.0.2 --auth_supported cephx -n client.ram "
           "--keyring /etc/pve/priv/ceph/far.keyring")
    gone = device.replace(work.host.root, "")
    expect(work.calls() == [f"{near} map vm-105-disk-1", f"{near} unmap {gone}",
                            f"{far} map vm-105-disk-2", f"{far} unmap {gone}"],
           "\n".join(work.calls()))


@case
def storages_that_are_directories(work):
    """nfs, cifs and iscsi are mounted or logged in to first; what is there already is not touched."""
    work.host.storage_cfg(
        "nfs: net\n\tserver a\n\texport /e\n\tcontent images\n\n"
        "cifs: smb\n\tserver a\n\tshare s\n\tpath /mnt/other\n\tcontent images\n"
        "\tcontent-dirs iso=i,images=vm/disks\n\n"
        "iscsi: san\n\tportal 10.0.0.1\n\ttarget t\n\tcontent images\n\n"
        "btrfs: snap\n\tpath /srv/b\n\tcontent images\n\n"
        "dir: own\n\tpath /srv/own\n\tcontent images\n\tcontent-dirs images=x\n")
    work.host.vm(105, "name: web\n")
    for volid, path, asked in (
            ("net:105/vm-105-disk-1.raw", "mnt/pve/net/images/105/vm-105-disk-1.raw", True),
            ("smb:105/vm-105-disk-1.raw", "mnt/other/vm/disks/105/vm-105-disk-1.raw", True),
            ("san:0.0.1.scsi-36001405", "dev/disk/by-id/scsi-36001405", True),
            ("snap:105/vm-105-disk-1.raw", "srv/b/images/105/vm-105-disk-1/disk.raw", False),
            ("snap:105/vm-105-disk-2.qcow2", "srv/b/images/105/vm-105-disk-2.qcow2", False),
            ("own:105/vm-105-disk-1.vmdk", "srv/own/x/105/vm-105-disk-1.vmdk", False)):
        path = work.host.path(path)
        make = f"mkdir -p {os.path.dirname(path)}; : > {path}"
        prefix = work.fake("pvesm", make)
        before = len(work.calls())
        if not asked:
            subprocess.run(["sh", "-c", make], check=True)
        for _ in range(2):
            result = work.run("build", volid, prefix=prefix)
            expect(result.status == 3 and f"{volid}: {path}: the file is empty" in result.err, result)
        storage = volid.split(":", 1)[0]
        expect(work.calls()[before:] == [f"pvesm status --storage {storage}"] * asked, work.calls())


@case
def program_that_fails(work):
    prefix = work.fake("rbd", "echo 'rbd: sysfs write failed' >&2; exit 6")
    work.host.storage_cfg("rbd: ceph\n\tpool vms\n\tcontent images\n")
    work.host.vm(105, "scsi0: ceph:vm-105-disk-1\n")
    work.refused("vm-105-disk-1", "activating ceph:vm-105-disk-1: rbd failed with status 6: "
                 "rbd: sysfs write failed", status=1, prefix=prefix)
    work.fake("rbd", "printf 'rbd: sysfs write failed\\nrbd: map failed: (2) No such file or directory\\n' >&2; exit 2")
    work.refused("vm-105-disk-1", "activating ceph:vm-105-disk-1: rbd failed with status 2: ", status=5,
                 prefix=prefix)


@case
def zvol_link_comes_late(work):
    """No ZFS here: the commands are recorded; waiting for the link makes it."""
    link = work.host.path("dev/zvol/tank/vms/vm-105-disk-1")
    disk = work.host.image("zvol", size=0)
    work.fake("zpool", 'test "$1" != list')
    work.fake("zfs", "")
    prefix = work.fake("udevadm", f"mkdir -p $(dirname {link}); ln -s {disk} {link}")
    work.host.storage_cfg("zfspool: tank\n\tpool tank/vms\n\tcontent images\n")
    work.host.vm(105, "scsi0: tank:vm-105-disk-1\n")
    result = work.run("build", "vm-105-disk-1", prefix=prefix)
    expect(f"{link}: the file is empty" in result.err, result)
    expect(work.calls() == [
        "zpool list -H -o name tank",
        "zpool import -d /dev/disk/by-id/ -o cachefile=none tank",
        "zfs list -H -o name tank/vms/vm-105-disk-1",
        "udevadm wait --timeout=10 /dev/zvol/tank/vms/vm-105-disk-1"], "\n".join(work.calls()))
    os.unlink(link)
    work.fake("udevadm", "echo Timed out >&2; exit 1")
    work.refused("vm-105-disk-1", "activating tank:vm-105-disk-1: udevadm failed with status 1: "
                 "Timed out", status=1, prefix=prefix)
    work.fake("udevadm", "exit 2")
    work.fake("zfs", "echo dataset does not exist >&2; exit 1")
    work.refused("vm-105-disk-1", "activating tank:vm-105-disk-1: zfs failed with status 1: dataset does "
                 "not exist", status=5, prefix=prefix)


PLUGIN = "acme: san\n\tcontent images\n"


@case
def plugin_is_asked_for(work):
    disk = work.host.image("plugin.raw", size=0)
    prefix = work.fake("pvesm", f"echo {disk}")
    work.host.storage_cfg(PLUGIN)
    work.host.vm(105, "scsi0: san:vm-105-disk-1\n")
    work.run("build", "san:vm-105-disk-1", prefix=prefix)
    expect(work.calls() == ["pvesm path san:vm-105-disk-1"], work.calls())


@case
def plugin_activates(work):
    """What pvesm names is not there: Proxmox's own code makes it so, and takes it back."""
    disk = work.host.path("dev/acme/vol-abc")
    work.fake("pvesm", f"echo {disk}")
    prefix = work.fake("perl", f'case "$3" in *::activate_volumes*) '
                       f"mkdir -p {os.path.dirname(disk)}; : > {disk}; echo {disk};; esac")
    work.host.storage_cfg(PLUGIN)
    work.host.vm(105, "boot: order=scsi0\nscsi0: san:vol-abc\n")
    result = work.run("build", "105", prefix=prefix)
    expect(f"{disk}: the file is empty" in result.err, result)
    config = "perl -MPVE::Storage -e my $c = PVE::Storage::config(); "
    expect(work.calls() == [
        "pvesm path san:vol-abc",
        config + "PVE::Storage::activate_volumes($c, [$ARGV[0]]); print PVE::Storage::map_volume("
        "$c, $ARGV[0]) || scalar(PVE::Storage::path($c, $ARGV[0])); san:vol-abc",
        config + "PVE::Storage::unmap_volume($c, $ARGV[0]); "
        "PVE::Storage::deactivate_volumes($c, [$ARGV[0]]); san:vol-abc"],
        "\n".join(work.calls()))
    os.unlink(disk)
    for answer, words, status in (
            ("echo 'no such volume' >&2; exit 2",
             "activating san:vol-abc: perl failed with status 2: no such volume", 1),
            (":", "activating san:vol-abc: .*does not provide it as a file or device", 3),
            ("echo /dev/acme/none", "san:vol-abc does not exist: there is no /dev/acme/none", 5)):
        work.refused("105", words, status, prefix=work.fake("perl", answer))


@case
def plugin_volume_of_a_vm(work):
    """Its name tells no VM, but a configuration does: guarded as any other volume."""
    prefix = work.fake("pvesm", f"echo {work.host.image('vol-abc', size=0)}")
    work.host.storage_cfg(PLUGIN)
    conf = "boot: order=scsi0\nscsi0: san:vol-abc\n"
    work.host.vm(105, conf)
    pidfile = work.host.path("var/run/qemu-server/105.pid")
    running = subprocess.Popen(["kvm", "-c", "read x", "-pidfile", pidfile], executable="/bin/sh",
                               stdin=subprocess.PIPE)
    work.host.put("var/run/qemu-server/105.pid", f"{running.pid}\n")
    with running:
        for target in ("105", "san:vol-abc"):
            work.refused(target, rf"VM 105 is running \(process {running.pid}\)", prefix=prefix)
        running.stdin.close()
    for text, words in (("lock: backup\n", r"locked \(backup\)"), ("template: 1\n", "template")):
        work.host.vm(105, conf + text)
        for target in ("105", "san:vol-abc"):
            work.refused(target, words, prefix=prefix)
    work.host.vm(105, conf)
    work.refused("105", "the file is empty", prefix=prefix)
    work.host.vm(106, "scsi3: san:vol-abc\n", node="pve2")
    work.refused("105", "VM 10[56] .* and VM 10[56] .* both name it", prefix=prefix)


@case
def rbd_of_this_cluster(work):
    """The link of the storage's own cluster is taken as it is; another cluster's never."""
    fsid = "11111111-2222-3333-4444-555555555555"
    work.host.storage_cfg("rbd: ceph\n\tpool vms\n\tkrbd 1\n\tcontent images\n")
    work.host.vm(105, "scsi0: ceph:vm-105-disk-1\n")
    prefix = work.fake("rbd", "exit 1")
    for path in ("dev/rbd/vms/vm-105-disk-1", f"dev/rbd-pve/{fsid}/vms/vm-105-disk-1"):
        work.host.put(path, "")
    work.refused("vm-105-disk-1", "activating ceph:vm-105-disk-1: rbd failed", status=1, prefix=prefix)
    work.host.put("etc/pve/ceph.conf", f"[global]\n\tfsid = {fsid}\n")
    work.refused("vm-105-disk-1", f"dev/rbd-pve/{fsid}/vms/vm-105-disk-1: the file is empty",
                 prefix=prefix)


@case
def qcow2_chain_on_lvm(work):
    """Activated with its snapshots, on a group whose iSCSI session comes first; then all taken back."""
    disk = work.host.path("dev/san/vm-105-disk-0.qcow2")
    work.fake("pvesm", "")
    prefix = work.fake("lvchange", f"mkdir -p {os.path.dirname(disk)}; : > {disk}")
    work.host.storage_cfg("iscsi: target\n\tportal 10.0.0.1\n\ttarget t\n\tcontent none\n\n"
                          "lvm: san\n\tvgname san\n\tbase target:0.0.0.scsi-1\n\tcontent images\n")
    work.host.vm(105, "scsi0: san:vm-105-disk-0.qcow2,size=8G\n")
    work.run("build", "vm-105-disk-0", prefix=prefix)
    select = (r'--select vg_name = "san" && lv_name =~ '
              r'"^(vm-105-disk-0|snap_vm-105-disk-0_.+)\.qcow2$"')
    expect(work.calls() == ["pvesm status --storage target", f"lvchange -aey {select}",
                            f"lvchange -aln {select}"], "\n".join(work.calls()))


# --- others, without Proxmox's help

@case
def image_that_others_build_on(work):
    """A base and a snapshot by their paths, in no configuration at all; the clone itself is fine."""
    base = work.host.image("100/base-100-disk-0.raw")
    clone = work.host.path("var/lib/vz/images/105/vm-105-disk-0.qcow2")
    os.makedirs(os.path.dirname(clone))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", "../100/base-100-disk-0.raw",
                    "-F", "raw", clone], check=True)
    work.refused(base, "is the backing file of .*/105/vm-105-disk-0.qcow2")
    snapshot = work.host.image("105/snap-one-vm-105-disk-0.qcow2")
    work.refused(snapshot, "is a snapshot by its name")
    work.host.vm(105, "boot: order=scsi0\n"
                 "scsi0: local:100/base-100-disk-0.raw/105/vm-105-disk-0.qcow2,size=1M\n")
    result = work.run("recover", "105")
    expect(result.status == 0 and "105: nothing to recover" in result.out, result)


# What an image may name, and what its headers must not make root open: no program of QEMU's is asked.
HOSTILE = {
    "/etc/shadow": "is /etc/shadow, which lies neither",
    "../100/vm-100-disk-0.raw": "images/100/vm-100-disk-0.raw, which lies neither",
    "../../../../../etc/pve/storage.cfg": "etc/pve/storage.cfg, which lies neither",
    "/dev/null": "is neither a file nor a block device",
    "nbd://127.0.0.1:1/": "which is not the path of a file",
    'json:{"driver":"file","filename":"/etc/shadow"}': "which is not the path of a file",
}


@case
def images_from_strangers(work):
    """A disk that names what is not its own, for every command that opens it."""
    work.host.image("100/vm-100-disk-0.raw")
    work.host.vm(100, "scsi0: local:100/vm-100-disk-0.raw\n")
    work.host.vm(105, VM)
    disk = work.host.image("105/vm-105-disk-1.qcow2")
    real = shutil.which("qemu-img")
    prefix = work.fake("qemu-img", f'exec {real} "$@"')
    for name, words in HOSTILE.items():
        subprocess.run([real, "create", "-q", "-f", "qcow2", "-u", "-b", name, "-F", "raw", disk, "1M"],
                       check=True)
        for command in ("build", "build --dry-run", "inspect", "verify", "revert", "recover"):
            work.refused("105", words, command=command, prefix=prefix)
    result = work.run("list", prefix=prefix)
    expect(result.status == 0, result)
    expect(work.calls() == [], "\n".join(work.calls()))


@case
def block_device_as_a_backing_file(work):
    """Only a logical volume of the image's own group is one, and a file has no group."""
    base = work.host.image("100/base-100-disk-0.raw")
    disk = work.host.image("105/vm-105-disk-1.qcow2")
    work.host.vm(105, VM)
    with Loop(base) as device:
        link = work.host.path("var/lib/vz/images/105/link.raw")
        os.symlink(device, link)
        for name in (device, "link.raw"):
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", name, "-F", "raw",
                            disk, "1M"], check=True)
            work.refused("105", f"is {device}, which lies neither")


class Loop:
    """A loop device on a file, for as long as the block lasts."""

    def __init__(self, path, *options):
        self.argv = ["losetup", "--find", "--show", *options, path]

    def __enter__(self):
        self.device = subprocess.run(self.argv, check=True, stdout=subprocess.PIPE,
                                     text=True).stdout.strip()
        return self.device

    def __exit__(self, *exc):
        subprocess.run(["losetup", "--detach", self.device], check=True)


@case
def loop_device_and_mount(work):
    """A real loop device on the volume, and a device that is mounted or claimed."""
    disk = work.host.image("105/vm-105-disk-1.raw", size=8 << 20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", disk], check=True)
    work.host.storage_cfg(STORAGE_CFG + "iscsi: san\n\tportal 10.0.0.1\n\ttarget t\n\tcontent images\n")
    work.host.vm(105, "boot: order=scsi0\nscsi0: local:105/vm-105-disk-1.raw\n")
    with Loop(disk) as device:
        work.refused("105", f"the loop device {device} uses it; detach it: losetup -d {device}")
        by_id = work.host.path("dev/disk/by-id/scsi-36001405")
        os.makedirs(os.path.dirname(by_id))
        os.symlink(device, by_id)
        result = work.run("recover", "san:0.0.1.scsi-36001405")
        expect(result.status == 0, result)
        mounted = os.path.join(work.dir, "mounted")
        os.mkdir(mounted)
        subprocess.run(["mount", "-o", "ro,noload", device, mounted], check=True)
        try:
            work.refused("san:0.0.1.scsi-36001405", f"it is mounted at {mounted}; unmount it")
        finally:
            subprocess.run(["umount", mounted], check=True)
        claim = os.open(device, os.O_RDONLY | os.O_EXCL)
        try:
            work.refused(device, "the host itself uses the device")
        finally:
            os.close(claim)
    with Loop(disk, "--read-only") as device:
        work.refused("105", f"the loop device {device} uses it")
    result = work.run("recover", "105")
    expect(result.status == 0, result)


@case
def loop_device_on_a_part(work):
    """One that writes to a backing file, and any on a file that --output would replace."""
    work.host.image("100/base-100-disk-0.raw")
    base = work.host.path("var/lib/vz/images/100/base-100-disk-0.raw")
    clone = work.host.image("105/vm-105-disk-1.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", "../100/base-100-disk-0.raw",
                    "-F", "raw", clone], check=True)
    work.host.vm(105, VM)
    with Loop(base) as device:
        work.refused("105", f"its backing file .*base-100-disk-0.raw: the loop device {device} uses it")
    with Loop(base, "--read-only"):
        result = work.run("recover", "105")
        expect(result.status == 0, result)
    old = work.host.image("golden.raw")
    with Loop(old, "--read-only") as device:
        work.refused("105", f"--output .*golden.raw: the loop device {device} uses it",
                     command=f"build --force --output {old}")
    work.refused("105", "--output .*: is the backing file of .*vm-105-disk-1.qcow2",
                 command=f"build --force --output {base}")


@case
def qcow2_on_lvm_by_its_path(work):
    """A block device that is no raw disk, as the name that its VM has for it tells."""
    disk = work.host.image("volume.raw", size=8 << 20)
    work.host.storage_cfg("lvm: san\n\tvgname san\n\tcontent images\n")
    work.host.vm(107, "scsi0: san:vm-107-disk-0.qcow2,size=1M\n")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], check=True)
    os.truncate(disk, 8 << 20)
    link = work.host.path("dev/san/vm-107-disk-0.qcow2")
    os.makedirs(os.path.dirname(link))
    with Loop(disk) as device:
        os.symlink(device, link)
        for target in ("san:vm-107-disk-0.qcow2", link, device):
            result = work.run("recover", target)
            expect(result.status == 0 and "nothing to recover" in result.out, result)
        work.host.vm(107, "name: without\n")
        work.refused(device, "is called raw but begins like a qcow2 file", command="recover")


@case
def mount_point_of_a_storage(work):
    """is_mountpoint: a path above the storage's, or itself; a bind mount of the same file system too."""
    usb = work.host.path("mnt/usb disk")
    disk = os.path.join(usb, "pve/images/105/vm-105-disk-1.raw")
    os.makedirs(os.path.dirname(disk))
    open(disk, "wb").close()
    work.host.vm(105, "boot: order=scsi0\nscsi0: usb:105/vm-105-disk-1.raw\n")
    with_path = {name: STORAGE_CFG + "dir: usb\n\tpath /mnt/usb disk/pve\n\tcontent images\n"
                 f"\tis_mountpoint {name}\n" for name in ("/mnt/usb disk", "yes", "no")}
    work.host.storage_cfg(with_path["no"])
    work.refused("105", "the file is empty")
    work.host.storage_cfg(with_path["/mnt/usb disk"])
    work.refused("105", "the storage 'usb': nothing is mounted at .*/mnt/usb disk", status=1)
    subprocess.run(["mount", "--bind", usb, usb], check=True)
    try:
        work.refused("105", "the file is empty")
        work.host.storage_cfg(with_path["yes"])
        work.refused("105", "the storage 'usb': nothing is mounted at .*/mnt/usb disk/pve", status=1)
    finally:
        subprocess.run(["umount", usb], check=True)


@case
def reader_is_named(work):
    """A backup that reads the disk would get half of a build."""
    disk = work.host.image("105/vm-105-disk-1.raw")
    work.host.vm(105, "boot: order=scsi0\nscsi0: local:105/vm-105-disk-1.raw\n")
    with open(disk, "rb"):
        work.refused("105", rf"process {os.getpid()} \(python[0-9.]*\) has it open; stop the VM or "
                     "the program first")


@case
def damaged_configuration(work):
    """What cannot be read as a configuration says so; others' are passed over with a warning."""
    work.host.image("105/vm-105-disk-1.qcow2")
    conf = "etc/pve/nodes/pve1/qemu-server/105.conf"
    work.host.put(conf, "scsi0\nscsi0: \n: x\n")
    work.refused_at_once("105", "VM 105: it has no hard disk", status=2)
    work.host.put(conf, VM + "#" * (1 << 20))
    work.refused_at_once("105", "105.conf is larger than the 1 MiB", status=2)
    os.unlink(work.host.path(conf))
    os.mkdir(work.host.path(conf))
    work.refused_at_once("105", "105.conf is not a file", status=2)
    os.rmdir(work.host.path(conf))
    work.refused_at_once("105", "VM 105 does not exist", status=5)
    work.refused_at_once("vm-105-disk-1", "VM 105 does not exist", status=5)
    work.host.vm(105, VM)
    work.host.put("etc/pve/nodes/pve1/qemu-server/106.conf", "#" * (1 << 20) + "\n")
    result = work.refused("105", "cut short|cannot be opened as")
    expect("skipping " in result.err and "106.conf: " in result.err, result)


@case
def plugin_without_pvesm(work):
    """A plugin's storage where nothing can be asked, and one that answers nonsense."""
    work.host.storage_cfg("acme: san\n\tcontent images\n")
    work.host.vm(105, "scsi0: san:vm-105-disk-1\n")
    work.refused("san:vm-105-disk-1", "pvesm", status=1)
    for answer, words in (("echo rbd:vms/x", r"does not provide it as a file or device of this host \(rbd:vms/x\)"),
                          ("printf '/a\\n/b\\n'", "does not provide it as a file or device of this host"),
                          (":", "does not provide it as a file or device of this host"),
                          ("echo no such volume >&2; exit 2", "pvesm failed with status 2: no such volume")):
        result = work.run("build", "san:vm-105-disk-1", prefix=work.fake("pvesm", answer))
        expect(result.status in (1, 3) and re.search(words, result.err), result)


# --- a commit that was cut off

def cut_off(work, volume):
    """A commit to it that is killed at its second write to the volume: 16 blocks were kept before."""
    tool = os.path.join(os.path.dirname(os.environ["RAMIMG"]), "tests/faults/commit_tool")
    with open(volume, "wb") as disk:
        disk.truncate(8 << 20)
        disk.write(b"x" * (256 << 10))
    done = subprocess.run(["strace", "-q", "-o", os.devnull, "-e", "inject=pwrite64:signal=KILL:when=18", tool,
                           volume, os.path.join(work.dir, "stage")], check=False)
    expect(done.returncode == -9, done)


@case
def recover_unlocks_the_vm(work):
    """The VM is locked as a commit leaves it: its lock goes with the record, and is nobody's without one."""
    plain = VM.replace(".qcow2", ".raw")
    locked = plain.replace("boot:", "lock: create\nboot:")
    expect("lock:" in locked, locked)
    volume = work.host.image("105/vm-105-disk-1.raw")
    conf = work.host.path("etc/pve/nodes/pve1/qemu-server/105.conf")
    for way, words in ((), "is complete"), (("--undo",), "is undone"), (("--discard",), "is forgotten"):
        work.host.vm(105, locked)
        work.refused("105", r"VM 105 is locked \(create\)", command="recover")
        cut_off(work, volume)
        expect(json.loads(work.run("list", "--json").out)["volumes"][0]["state"] == "interrupted", "list")
        result = work.run("recover", *way, "105")
        expect(result.status == 0 and words in result.out, result)
        with open(conf, encoding="utf-8") as file:
            expect(file.read() == plain, "the lock is still there")


# --- list

def guest_disk(path, *files, **texts):
    """A raw disk with one ext4 partition that holds these files: empty, or with the text that is given by name."""
    tree = path + ".tree"
    for name in (*files, *texts):
        os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
        with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
            file.write(texts.get(name, ""))
    os.makedirs(tree, exist_ok=True)
    os.truncate(path, 16 << 20)
    subprocess.run(["sfdisk", "--quiet", path], input=b"label: dos\nstart=1MiB, type=83\n", check=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", f"offset={1 << 20}", "-d", tree, path, "14M"],
                   check=True)
    shutil.rmtree(tree)


OLDER = {"boot/initrd.img-ramboot": "", "boot/vmlinuz-6.1.0-9-amd64": "kernel", "boot/initrd.img-6.1.0-9-amd64": "initrd",
         "boot/vmlinuz-6.1.0-10-amd64": "kernel", "boot/initrd.img-6.1.0-10-amd64": "initrd",
         "var/lib/dpkg/status": "Package: a\n",
         "var/lib/ramimg/record": "kernel=6.1.0-9-amd64\nimage_bytes=6\ninitrd_bytes=6\nnewest=6.1.0-9-amd64\n"
                                  f"packages=\nformat=1\nbuild_id={'0' * 32}\narchive=/a\narchive_fs=b\n"
                                  f"archive_on_root=yes\ncompression=gzip\narchive_bytes=1\narchive_sha256={'0' * 64}\n"
                                  f"tar_bytes=1\nentries=1\ninodes=1\ntmpfs_bytes={700 << 20}\ntmpfs_size=100%\n"
                                  f"reserve_bytes={64 << 20}\nkernel_bytes={40 << 20}\ninitrd_unpacked_bytes={99 << 20}\n"
                                  "release=no\nkernel=6.1.0-9-amd64\nos=Debian\n"}
"""What an upgrade has left of a built guest of 700 MiB: another kernel, and other packages."""
NEWER = "kernel 6.1.0-10-amd64 was installed; packages were installed, upgraded or removed"


def golden(name, text):
    """Exactly what the file of that name beside this one holds."""
    with open(os.path.join(TESTS, "host", "golden", name), encoding="utf-8") as want:
        expect(text == want.read(), f"{name} is not what was printed:\n{text}")


@case
def list_shows_disks(work):
    work.host.storage_cfg(STORAGE_CFG + "lvmthin: thin\n\tvgname pve\n\tthinpool data\n\tcontent images\n")
    work.host.vm(105, VM + "ide2: local:iso/debian.iso,media=cdrom\nefidisk0: local:105/vm-105-disk-0.raw\n"
                 "unused0: local:105/vm-105-disk-7.raw\nscsi1: thin:vm-105-disk-2,size=4G\n"
                 "scsi2: local:105/vm-105-disk-3.raw,size=1G,disabled=1\n")
    work.host.vm(106, "lock: backup\nname: db\nvirtio0: local:106/vm-106-disk-0.raw,size=16M\n")
    work.host.vm(107, "scsi0: local:107/vm-107-disk-0.raw\n", node="pve2")
    work.host.vm(108, "name: \x1b[31mred\nsata0: local:108/vm-108-disk-0.raw,size=16M\n"
                 "sata1: local:108/vm-108-disk-1.raw,size=1M\nide1: /dev/none,size=1G\n")
    work.host.vm(9000, "template: 1\nscsi0: local:9000/base-9000-disk-0.vmdk\n")
    guest_disk(work.host.image("106/vm-106-disk-0.raw"), "etc/fstab", "boot/initrd.img-ramboot")
    guest_disk(work.host.image("108/vm-108-disk-0.raw"), "etc/fstab", "boot/initrd.img-6.1")
    waiting = work.host.image("108/vm-108-disk-1.raw")
    digest = hashlib.sha256(f"file:{waiting}".encode()).hexdigest()
    os.makedirs(os.path.join(work.dir, "stage", digest[:32]), mode=0o700)
    with open(os.path.join(work.dir, "stage", digest[:32], "commit"), "wb"):
        pass
    os.chmod(os.path.join(work.dir, "stage"), 0o700)
    for name, arguments in (("list.txt", []), ("list.json", ["--json"]), ("list-106.txt", ["106"]),
                            ("list-106.json", ["--json", "106"])):
        result = work.run("list", *arguments)
        expect(result.status == 0, result)
        golden(name, result.out.replace(work.host.root, ""))
    work.refused("107", "VM 107 is on the node 'pve2'", command="list")
    work.refused("109", "VM 109 does not exist", command="list", status=5)
    work.refused("web", "is not a VMID", command="list", status=2)


@case
def list_of_a_running_vm(work):
    """A QEMU has both disks: the raw one of a guest that runs from RAM, and a qcow2, which it locks."""
    work.host.vm(105, "scsi0: local:105/vm-105-disk-1.raw\nscsi1: local:105/vm-105-disk-2.qcow2\n")
    raw, qcow2 = work.host.image("105/vm-105-disk-1.raw"), work.host.image("105/vm-105-disk-2.qcow2")
    guest_disk(raw, "boot/initrd.img-ramboot")
    os.unlink(qcow2)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, qcow2], check=True)
    built = lambda: [row["built"] for row in json.loads(work.run("list", "--json").out)["volumes"]]
    expect(built() == [True, True], built())
    qmp = os.path.join(work.dir, "qmp")
    qemu = subprocess.Popen(
        ["qemu-system-x86_64", "-S", "-display", "none", "-machine", "none,accel=tcg", "-nodefaults",
         "-qmp", f"unix:{qmp},server=on,wait=off",
         "-blockdev", f"driver=raw,node-name=a,file.driver=file,file.filename={raw}",
         "-blockdev", f"driver=qcow2,node-name=b,file.driver=file,file.filename={qcow2}"],
        stdin=subprocess.DEVNULL)
    try:
        await_start(qemu, qmp)
        expect(built() == [True, None], built())
    finally:
        qemu.kill()
        qemu.wait()


@case
def list_of_what_is_older(work):
    """Two that were built, of which one was upgraded since, and a slim image; how much memory they need."""
    work.host.vm(105, "memory: 2048\nscsi0: local:105/vm-105-disk-1.raw\nscsi1: local:105/vm-105-disk-2.raw\n"
                 "scsi2: local:105/vm-105-disk-3.raw\n")
    guest_disk(work.host.image("105/vm-105-disk-1.raw"), **OLDER)
    same = dict(OLDER)
    same.pop("boot/vmlinuz-6.1.0-10-amd64")
    same.pop("var/lib/dpkg/status")
    same["var/lib/ramimg/record"] += "form=compressed\n"
    guest_disk(work.host.image("105/vm-105-disk-2.raw"), **same)
    guest_disk(work.host.image("105/vm-105-disk-3.raw"), **same | {"var/lib/ramimg/slim": ""})
    rows = json.loads(work.run("list", "--json").out)["volumes"]
    expect([row["older"] for row in rows] == [NEWER, None, None], rows)
    expect([row["form"] for row in rows] == ["tmpfs", "compressed", "compressed"], rows)
    expect([row["slim"] for row in rows] == [False, False, True], rows)
    ram = rows[0]["ram"]
    expect(ram["verdict"] == "enough" and ram["memory_bytes"] == 2 << 30 and 700 < ram["needed_bytes"] >> 20 < 1200 and
           "ram" not in rows[1], rows)
    result = work.run("list")
    older = f"105: note: scsi0: the RAM set is older than the disk: {NEWER}; build it again"
    lines = result.out.splitlines()
    expect(lines[4:] == [older] and "  yes               enough  " in lines[1] and "  compressed  " in lines[2] and
           "  compressed, slim  " in lines[3], result)
    least = ram["needed_bytes"] >> 20
    for memory, verdict, words in ((f"memory: {least}\n", "enough", None),
                                   (f"memory: {least - 1}\n", "too little", f"it needs {least} MiB, 1 more, "),
                                   (f"memory: {least}\nballoon: 512\n", "balloon", "may take all but 512 MiB, ")):
        work.host.vm(105, memory + "scsi0: local:105/vm-105-disk-1.raw\n")
        lines = work.run("list").out.splitlines()
        expect(f"  {verdict}  " in lines[1] and lines[2] == older and len(lines) == (4 if words else 3), lines)
        expect(not words or lines[3].startswith("105: note: scsi0: ") and words in lines[3], lines)
    # Of doctor nothing else is looked at here: what this machine lacks is no matter.
    vms = [check for check in json.loads(work.run("doctor", "--json").out)["checks"] if check["name"] == "vms"]
    expect([vm["state"] for vm in vms] == ["warning"] and words in vms[0]["remedy"], vms)


@case
def list_without_vms(work):
    result = work.run("list", "--json")
    expect(result.status == 0 and json.loads(result.out) == {"format": "ramimg.list/1", "volumes": []}, result)


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_HOST_DIR", lambda name: CASES[name](Work(name))))
