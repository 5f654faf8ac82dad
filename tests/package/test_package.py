# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian package: made, judged by lintian, installed, upgraded and purged, each in a root of its own.

    test_package.py --list        the names of the cases
    test_package.py NAME...       run them; without a name, all

`here` is the package of this machine's Debian, made by the build tree's target. Of the others, SUITE-made makes it in a
root of SUITE and keeps it for the rest. Needs root. Environment: RAMIMG (the program of a build tree), RAMIMG_PACKAGE_DIR
(scratch).
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "support"))

import ci  # noqa: E402
import spdx  # noqa: E402
from cases import expect, main  # noqa: E402

FIXTURES = os.path.join(TESTS, "fixtures")
SUITES = ("bookworm", "trixie")
OLDER = "0.0.9"
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def each_suite(function):
    """A case for each, called SUITE-NAME."""
    for suite in SUITES:
        CASES[f"{suite}-{function.__name__.replace('_', '-')}"] = lambda work, of=suite: function(work, of)
    return function


def version():
    with open(os.path.join(SOURCE, "CMakeLists.txt"), encoding="utf-8") as text:
        return re.search(r"^project\(ramimg VERSION (\S+)", text.read(), re.M)[1]


# Nothing waits for a login.
UNIT = """[Unit]
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
StandardOutput=file:/root/script.log
StandardError=inherit
ExecStart=/bin/sh -eux /root/script
[Install]
WantedBy=multi-user.target
"""


class Result:
    def __init__(self, done):
        self.status, self.out = done.returncode, done.stdout

    def __str__(self):
        return f"status {self.status}\n{self.out}"


class Root:
    """A root of a Debian with some lists of tests/packages, and a layer of its own above it, gone with it."""

    def __init__(self, suite, *lists):
        self.base = subprocess.run(["sh", os.path.join(FIXTURES, "other-root"), suite, *lists], check=True,
                                   stdout=subprocess.PIPE, text=True).stdout.strip()
        self.layer = tempfile.mkdtemp(prefix="layer.", dir=os.path.dirname(self.base))
        self.upper = os.path.join(self.layer, "upper")
        os.mkdir(self.upper)
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.layer)

    def run(self, *command, env=(), seconds=600):
        done = subprocess.run(["sh", os.path.join(FIXTURES, "in-root"), self.base, self.layer, "env", *env, *command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=seconds)
        return Result(done)

    def must(self, *command, **more):
        result = self.run(*command, **more)
        expect(result.status == 0, f"{' '.join(command)}: {result}")
        return result.out

    def boot(self, script, seconds):
        """Run the shell script under a systemd of its own, to which this is a computer; it is powered off at its end."""
        self.text("/root/script", script)
        self.text("/etc/systemd/system/script.service", UNIT)
        wanted = f"{self.upper}/etc/systemd/system/multi-user.target.wants"
        os.makedirs(wanted, exist_ok=True)
        os.symlink("../script.service", f"{wanted}/script.service")
        done = subprocess.run(["sh", os.path.join(FIXTURES, "in-root"), "--boot", self.base, self.layer],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=seconds)
        with open(f"{self.upper}/root/script.log", encoding="utf-8") as text:
            said = text.read()
        expect(done.returncode == 0 and said.endswith("done\n"), f"{Result(done)}\n{said}")
        return said

    def put(self, path, to="/root"):
        """A file of ours into it; its path there."""
        directory = self.upper + to
        os.makedirs(directory, exist_ok=True)
        shutil.copy(path, directory)
        return f"{to}/{os.path.basename(path)}"

    def text(self, path, text):
        os.makedirs(os.path.dirname(self.upper + path), exist_ok=True)
        with open(self.upper + path, "w", encoding="utf-8") as file:
            file.write(text)

    def install(self, deb, *options):
        self.must("apt-get", "-q", "update")
        return self.must("apt-get", "-q", "-y", "install", *options, deb)

    def purge(self, name):
        """With what came for it; by itself, apt keeps what another package would recommend or suggest."""
        return self.must("apt-get", "-q", "-y", "-o", "APT::AutoRemove::RecommendsImportant=false",
                         "-o", "APT::AutoRemove::SuggestsImportant=false", "purge", "--auto-remove", name)

    def installed(self):
        """The names of all packages."""
        return set(self.must("dpkg-query", "-W", "-f", "${Package}\n").split())

    def files(self):
        """All of them, but for what apt and dpkg keep of every package that was ever there, and libguestfs's cache."""
        kept = (r"^/(proc|sys|dev|run|tmp|root|var/(lib/(apt|dpkg)|cache|log|tmp/\.guestfs-0))(/|$)"
                r"|^/etc/(resolv\.conf|ld\.so\.cache)$")
        out = self.must("find", "/", "-xdev", "-printf", "%p\n")
        return {line for line in out.splitlines() if not re.match(kept, line)}

    def dummy(self, name, *fields):
        """A package with nothing in it but its relations."""
        self.text(f"/root/{name}/DEBIAN/control", "\n".join(
            [f"Package: {name}", "Version: 99", "Architecture: amd64", "Maintainer: nobody <nobody@example.org>",
             "Description: a stand-in", *fields]) + "\n")
        self.must("dpkg-deb", "--build", f"/root/{name}")
        return f"/root/{name}.deb"


def pve_root(root, at="/root/host", vmids=(100,)):
    """A Proxmox VE host as a folder, with these VMs."""
    for vmid in vmids:
        root.text(f"{at}/etc/pve/nodes/one/qemu-server/{vmid}.conf", "name: web\nmemory: 512\nboot: order=scsi0\n"
                  f"scsi0: local:{vmid}/vm-{vmid}-disk-0.raw,size=1G\n")
    root.text(f"{at}/etc/pve/storage.cfg", "dir: local\n\tpath /var/lib/vz\n\tcontent images\n")
    root.text(f"{at}/etc/hostname", "one\n")
    os.symlink("nodes/one", f"{root.upper}{at}/etc/pve/local")


def check_lintian(said):
    expect(said.status == 0 and not re.search(r"^[EWI]: ", said.out, re.M), f"lintian: {said}")


LINTIAN = ("lintian", "--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning")


def check_light(root, deb):
    """With only what it depends on: what needs no appliance works, and the rest says what to install."""
    before = root.files()
    root.install(deb, "--no-install-recommends")
    heavy = [n for n in root.installed() if re.match(r"libguestfs|qemu|supermin|libvirt", n)]
    expect(not heavy, heavy)
    expect(root.must("ramimg", "--version") == f"ramimg {version()}\n", "--version")
    pve_root(root)
    listed = root.must("ramimg", "list", "--pve-root", "/root/host")
    expect(re.search(r"^100 +web +scsi0 +local:100/vm-100-disk-0\.raw ", listed, re.M), listed)
    doctor = root.run("ramimg", "doctor")
    expect(doctor.status == 1 and "libguestfs is not installed" in doctor.out and
           "apt install libguestfs0\n" in doctor.out, doctor)
    shown = root.must("dpkg-query", "-W", "-f", "${Static-Built-Using}\n${Recommends}\n", "ramimg")
    for library in ("libarchive", "libzstd", "zlib", "libdeflate", "lz4", "nettle", "glibc"):
        expect(re.search(rf"\b{library} \(= [^)]+\)", shown), f"{library} is not in {shown}")
    root.must("test", "-s", "/usr/share/doc/ramimg/changelog.gz")
    return before


# Stands in for systemd's, in a root that has none.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/var/log/systemctl
"""
ENABLED = "/etc/systemd/system/timers.target.wants/ramimg-rebuild@105.timer"
STAMP = "/var/lib/systemd/timers/stamp-ramimg-rebuild@105.timer"


def check_removed(root):
    """An administrator's instances are stopped, and are his until the purge."""
    root.text("/usr/bin/systemctl", SYSTEMCTL)
    os.chmod(f"{root.upper}/usr/bin/systemctl", 0o755)
    root.text(STAMP, "")
    os.makedirs(os.path.dirname(root.upper + ENABLED), exist_ok=True)
    os.symlink("/lib/systemd/system/ramimg-rebuild@.timer", root.upper + ENABLED)
    root.must("sh", "-c", "mkdir -p /run/systemd/system && dpkg --remove ramimg")
    with open(f"{root.upper}/var/log/systemctl", encoding="utf-8") as text:
        said = text.read().splitlines()
    expect(said[:1] == ["stop ramimg-rebuild@*.timer ramimg-rebuild@*.service"] and
           said[-1] == "--system daemon-reload", said)
    expect(os.path.islink(root.upper + ENABLED), "it is disabled before the purge")
    os.unlink(f"{root.upper}/usr/bin/systemctl")


def check_purged(root, before):
    check_removed(root)
    # As the service of the nightly rebuild leaves it.
    root.text("/var/cache/ramimg/.guestfs-0/lock", "")
    root.purge("ramimg")
    expect(not os.path.exists(root.upper + "/var/cache/ramimg"), "the appliance's cache is left")
    for path in (ENABLED, STAMP):
        expect(not os.path.lexists(root.upper + path), f"{path} is left")
    # The directories are systemd's, which is not there.
    root.run("rmdir", "-p", "--ignore-fail-on-non-empty", *{os.path.dirname(path) for path in (ENABLED, STAMP)})
    after = root.files()
    expect(after == before, f"left: {sorted(after - before)}; gone: {sorted(before - after)}")


@case
def here(work):
    """Of this machine's Debian, by what the target calls, so that nothing of a tree under test is made anew."""
    tree = os.path.dirname(os.environ["RAMIMG"])
    subprocess.run(["cpack", "--config", f"{tree}/CPackConfig.cmake", "-B", tree], cwd=tree, check=True)
    made = os.path.join(tree, f"ramimg_{version()}_amd64.deb")
    done = subprocess.run([*LINTIAN, made], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check_lintian(Result(done))
    with open("/etc/os-release", encoding="utf-8") as text:
        suite = re.search(r"^VERSION_CODENAME=(\S+)", text.read(), re.M)[1]
    with Root(suite, "minimal") as root:
        before = check_light(root, root.put(made))
        check_purged(root, before)


def kept(suite, of=None):
    """The path of SUITE-made's package."""
    return os.path.join(os.environ["RAMIMG_PACKAGE_DIR"], "made", suite, f"ramimg_{of or version()}_amd64.deb")


@each_suite
def made(work, suite):
    """In a root with what building takes. Made once more, it has the same bytes."""
    with Root(suite, "build", "package") as root:
        os.makedirs(f"{root.upper}/ramimg")
        subprocess.run(f"tar -C '{SOURCE}' -c --exclude=./out --exclude=./.git . | tar -C '{root.upper}/ramimg' -x",
                       shell=True, check=True)
        date = ("SOURCE_DATE_EPOCH=1700000000",)
        root.must("cmake", "-S", "/ramimg", "-B", "/build", "-DBUILD_TESTING=OFF")
        pack = ("env", "-C", "/build", "cpack")
        root.must(*pack, env=date, seconds=1800)
        shutil.rmtree(os.path.dirname(kept(suite)), ignore_errors=True)
        os.makedirs(os.path.dirname(kept(suite)))
        deb = f"{root.upper}/build/ramimg_{version()}_amd64.deb"
        shutil.move(deb, kept(suite))
        root.must(*pack, env=date)
        with open(deb, "rb") as one, open(kept(suite), "rb") as other:
            expect(one.read() == other.read(), "another package of the same")
        check_lintian(root.run(*LINTIAN, f"/build/ramimg_{version()}_amd64.deb"))
        # The one before, for the upgrade: the same programs.
        root.must("sh", "/ramimg/cmake/debian/make", "/ramimg", "/build/package", OLDER, "Nobody <nobody@example.org>",
                  "/build", env=date)
        shutil.move(f"{root.upper}/build/ramimg_{OLDER}_amd64.deb", kept(suite, OLDER))


def guest(work):
    """The disk of a small made-up Debian."""
    os.makedirs(work, exist_ok=True)
    disk = os.path.join(work, "disk.raw")
    subprocess.run(["sh", os.path.join(TESTS, "guests/make"), "good", disk], check=True)
    return disk


@each_suite
def installed(work, suite):
    """With nothing beyond what it depends on; libguestfs is what apt adds by itself. A purge leaves nothing."""
    with Root(suite, "minimal") as root:
        deb = root.put(kept(suite))
        before = check_light(root, deb)
        # QEMU's own tools are on each node of Proxmox VE: with them a disk is read, without libguestfs.
        root.must("apt-get", "-q", "-y", "install", "--no-install-recommends", "qemu-utils")
        looked = root.must("ramimg", "inspect", root.put(guest(work)))
        expect("Debian" in looked, looked)
        root.purge("qemu-utils")
        check_purged(root, before)
        said = root.must("apt-get", "-s", "install", deb)
        expect(re.search(r"^Inst libguestfs0(t64)? ", said, re.M) and re.search(r"^Inst supermin ", said, re.M), said)


@each_suite
def upgraded(work, suite):
    """From the version before; what the administrator wrote into the settings stays, and counts for nothing else."""
    edited = "# mine\nroot:\n{\n\tgzip_level = 3;\n};\n"
    with Root(suite, "minimal") as root:
        root.install(root.put(kept(suite, OLDER)), "--no-install-recommends")
        expect(root.must("dpkg-query", "-W", "-f", "${Version}", "ramimg") == OLDER, "the older one")
        with open(f"{root.upper}/etc/ramimg/ramimg.conf", encoding="utf-8") as text:
            expect(text.read() != edited, "nothing was edited")
        root.text("/etc/ramimg/ramimg.conf", edited)
        root.install(root.put(kept(suite)), "--no-install-recommends")
        expect(root.must("dpkg-query", "-W", "-f", "${Version}", "ramimg") == version(), "the newer one")
        expect(root.must("cat", "/etc/ramimg/ramimg.conf") == edited, "the settings are not as they were left")
        # What a commit needs that was cut off stays, and is named; the rest goes.
        root.text("/var/lib/ramimg/somebody/record", "half a commit\n")
        gone = root.must("apt-get", "-q", "-y", "purge", "ramimg")
        expect("/var/lib/ramimg is not empty and stays" in gone, gone)
        left = root.must("find", "/etc/ramimg", "/var/lib/ramimg", "-type", "f") if os.path.exists(
            f"{root.upper}/etc/ramimg") else root.must("find", "/var/lib/ramimg", "-type", "f")
        expect(left == "/var/lib/ramimg/somebody/record\n", left)


@each_suite
def beside_proxmox(work, suite):
    """Nothing of Proxmox's is removed, and no QEMU but Proxmox's comes."""
    with Root(suite, "minimal") as root:
        deb = root.put(kept(suite))
        root.must("apt-get", "-q", "update")
        # Relations as in pve-qemu's debian/control.
        taken = "qemu-system-arm, qemu-system-x86, qemu-utils"
        debs = [
            root.dummy("proxmox-ve", "Depends: qemu-server"),
            root.dummy("qemu-server", "Depends: pve-qemu-kvm"),
            root.dummy("pve-qemu-kvm", f"Provides: {taken}", "Conflicts: kvm, pve-kvm, pve-qemu-kvm-2.6.18, qemu, "
                       "qemu-kvm, qemu-system-arm, qemu-system-common, qemu-system-data, qemu-system-x86, qemu-utils",
                       f"Replaces: pve-kvm, pve-qemu-kvm-2.6.18, {taken}", "Breaks: qemu-server (<= 8.0.6)"),
        ]
        root.must("dpkg", "-i", *debs)
        for options in ((), ("--no-install-recommends",)):
            said = root.must("apt-get", "-s", "install", *options, deb)
            expect("Inst ramimg " in said, said)
            expect(not re.search(r"^(Remv|Inst qemu)", said, re.M), said)
            expect(bool(re.search(r"^Inst libguestfs0", said, re.M)) == (not options), said)
        # That is what there is to be afraid of.
        said = root.must("apt-get", "-s", "install", "qemu-utils")
        expect(re.search(r"^Remv pve-qemu-kvm ", said, re.M), said)


def put_kernel(root):
    """The appliance is made of the machine's own kernel, which a root that is no machine does not have."""
    kernel = max(glob.glob("/boot/vmlinuz-*"))
    release = os.path.basename(kernel)[len("vmlinuz-"):]
    root.put(kernel, "/boot")
    shutil.copytree(f"/lib/modules/{release}", f"{root.upper}/usr/lib/modules/{release}", symlinks=True)


NIGHT = """
systemctl start ramimg-rebuild@100.service
! systemctl start ramimg-rebuild@101.service
systemctl show --property=Result --value ramimg-rebuild@100.service ramimg-rebuild@101.service >/root/results
journalctl --output=json VMID=100 >/root/100.json
journalctl --output=json VMID=101 >/root/101.json
systemctl enable --now ramimg-rebuild@100.timer
systemctl show --property=NextElapseUSecRealtime --value ramimg-rebuild@100.timer >/root/next
echo done
"""


@case
def bookworm_nightly(work):
    """By systemd itself, with all that confines the service: a VM's disk is built, and one that is not there fails."""
    with Root("bookworm", "appliance") as root:
        put_kernel(root)
        pve_root(root, "", (100, 101))
        root.put(guest(work), "/var/lib/vz/images/100")
        os.rename(f"{root.upper}/var/lib/vz/images/100/disk.raw", f"{root.upper}/var/lib/vz/images/100/vm-100-disk-0.raw")
        root.install(root.put(kept("bookworm")), "systemd-sysv")
        said = root.boot(NIGHT, 1500)
        read = lambda name: open(f"{root.upper}/root/{name}", encoding="utf-8").read()
        expect(read("results").split() == ["success", "exit-code"], said)
        built, failed = ([json.loads(line) for line in read(f"{vmid}.json").splitlines()] for vmid in (100, 101))
        expect(any("operating system" in line["MESSAGE"] for line in built), built)
        expect(any("vm-101-disk-0.raw" in line["MESSAGE"] and line["PRIORITY"] == "3" for line in failed), failed)
        expect(re.search(r" 0[345]:\d\d:\d\d ", read("next")), read("next"))
        root.must("ramimg", "verify", "100", seconds=1500)


@case
def bookworm_whole(work):
    """With what it recommends: a whole build of a small guest, and verified; the purge leaves nothing."""
    with Root("bookworm", "appliance") as root:
        disk = root.put(guest(work))
        put_kernel(root)
        before = root.files()
        root.install(root.put(kept("bookworm")))
        doctor = json.loads(root.must("ramimg", "doctor", "--json"))
        expect(doctor["can_build"], doctor)
        said = root.must("ramimg", "build", "--out", "/root/artifacts", disk, seconds=1500)
        root.must("ramimg", "verify", disk, seconds=1500)
        expect(os.path.getsize(f"{root.upper}/root/artifacts/manifest.json") > 100, said)
        check_purged(root, before)


@case
def bookworm_ci(work):
    """The steps of each recipe in configs/ci, which are the same for all, in a root that has nothing but apt."""
    steps = ci.github()
    expect(all(recipe() == steps for recipe in ci.RECIPES.values()), "the recipes differ")
    with Root("bookworm", "minimal") as root:
        shutil.copytree(ci.CI, f"{root.upper}/work/ci")
        root.put(os.path.join(ci.CONFIGS, "golden-ci.conf"), "/work")
        root.put(kept("bookworm"), "/work")
        env = ["LIBGUESTFS_BACKEND_SETTINGS=force_tcg"]
        for step in steps:
            if step.endswith("/build"):
                root.must("openssl", "genpkey", "-algorithm", "Ed25519", "-out", "/root/key.pem")
                root.must("openssl", "pkey", "-in", "/root/key.pem", "-pubout", "-out", "/root/key.pub")
                env.append("SIGN_KEY=/root/key.pem")
            print(f"{step}:\n{root.must('env', '-C', '/work', *step.split(), env=env, seconds=2400)}", flush=True)
        out = f"{root.upper}/work/out"
        expect(sorted(os.listdir(out)) == ["artifacts", "console.log", "golden.qcow2", "test.xml"], os.listdir(out))
        with open(f"{out}/test.xml", encoding="utf-8") as text:
            result = text.read()
        expect(re.search(r'failures="0"', result) and "exec" in result, result)
        root.must("ramimg", "verify", "--key", "/root/key.pub", "/work/out/artifacts")
        with open(f"{out}/artifacts/sbom.spdx.json", encoding="utf-8") as text:
            _, packages = spdx.check(json.load(text))
        expect("linux-image-amd64" in {package["name"] for package in packages}, "the kernel is not listed")
        expect(os.path.getsize(f"{out}/golden.qcow2") < 400 << 20, os.path.getsize(f"{out}/golden.qcow2"))


def run_case(name):
    CASES[name](os.path.join(os.environ["RAMIMG_PACKAGE_DIR"], name))


if __name__ == "__main__":
    if os.geteuid() != 0 and "--list" not in sys.argv:
        print("skipped: this takes root")
        sys.exit(77)
    sys.exit(main(CASES, "RAMIMG_PACKAGE_DIR", run_case))
