# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real builds of a made-up guest: killed, side by side, and again and again.

    test_builds.py [CASE]...    the cases, or those that are named
    test_builds.py --list       their names

Environment: RAMIMG, RAMIMG_FAULTS_DIR (scratch). Each build that gets as far as the appliance costs half a
minute; a kill before that costs nothing.
"""

import collections
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, "support"), os.path.join(TESTS, "guest")]
os.environ.setdefault("RAMIMG_GUEST_DIR", os.environ.get("RAMIMG_FAULTS_DIR", ""))

import disk  # noqa: E402
import test_guests  # noqa: E402
from cases import CASES, case, expect, main  # noqa: E402
from command import Command, users_of, wait_unused  # noqa: E402
from outcomes import Tally  # noqa: E402
from work import small  # noqa: E402

READING = "reading in the appliance ..."


class Guest(test_guests.Work):
    """A made-up guest, and how what is tried on it ends."""

    def __init__(self, name):
        super().__init__(name, "good")
        self.tally = Tally(f"faults/{name}")
        self.fresh_image = self.path("fresh.raw")
        disk.copy(self.image, self.fresh_image)
        self.before = self.digest()

    def fresh(self):
        disk.copy(self.fresh_image, self.image)

    def start(self, prefix=(), target=None):
        return Command("build", "--out", self.out, target or self.image, work=self.dir, config=self.config,
                       prefix=prefix, env=self.env)

    def recorded(self):
        return any("commit" in files for _, _, files in os.walk(self.path("stage")))

    def check_built(self):
        test_guests.check_built(self)

    def killed(self, what, undo):
        """After a kill: nothing runs any more, and the volume is in one of the three ways."""
        wait_unused(self.dir + "/", 60)     # where ramimg alone was killed, libguestfs's own watcher ends the appliance
        expect(not users_of(self.image), f"{what}: the volume is in use")
        if self.recorded():
            result = self.run("recover", *(["--undo"] if undo else []), self.image)
            expect(result.status == 0 and not self.recorded(), f"{what}: {result}")
            if undo:
                expect(self.digest() == self.before, f"{what}: not undone")
            else:
                self.check_built()
            self.tally.add("recorded")
        elif self.digest() == self.before:
            self.tally.add("as it was")
        else:
            self.check_built()
            self.tally.add("done")
        self.fresh()


# --- kills

def strace(inject, log, only=()):
    """To be put before a program: SIGKILL at a system call. It is the program that is killed, and then its tracer."""
    call = inject.split(":")[0]
    return ("strace", "-q", "-o", log, *only, "-e", f"trace={call}", "-e", f"inject={inject}")


def kill_at_call(guest, call, number):
    """@number: of the calls of this name of ramimg's first thread."""
    what = f"{call} {number}"
    result = guest.start(strace(f"{call}:signal=KILL:when={number}", guest.path("strace"))).finish(400)
    expect(result.status == -signal.SIGKILL, f"{what}: {result}")
    guest.killed(what, False)


def kill_at_words(guest, words, group):
    """As soon as a phase is told of, alone or with all that is in its process group."""
    build = guest.start()
    build.wait_for(words, 300)
    if group:
        os.killpg(build.process.pid, signal.SIGKILL)
    else:
        build.signal(signal.SIGKILL)
    build.finish(60)
    guest.killed(words, False)


def kill_at_write(guest, number, undo):
    """@number: of the writes to the volume; 0 stands for its flush."""
    inject = f"pwrite64:signal=KILL:when={number}" if number else "fsync:signal=KILL:when=1"
    result = guest.start(strace(inject, guest.path("strace"), ("-P", guest.image))).finish(400)
    expect(result.status == -signal.SIGKILL, f"write {number}: {result}")
    expect(guest.recorded(), f"write {number}: nothing was recorded")
    guest.killed(f"write {number}", undo)


def early_calls(guest):
    """The system calls, (name, how many of that name), of the first thread until the guest is packed."""
    log = guest.path("strace")
    build = guest.start(("strace", "-q", "-o", log))
    build.wait_for("packing", 120)
    os.killpg(build.process.pid, signal.SIGKILL)
    build.finish(60)
    guest.killed("packing", False)
    with open(log, encoding="utf-8", errors="replace") as file:
        names = re.findall(r"^(\w+)\(", file.read(), re.M)
    counts, calls = collections.Counter(), []
    for name in names:
        counts[name] += 1
        calls.append((name, counts[name]))
    return calls


def kills(guest, early, words, writes):
    """So many early ones, and one at each of the others. Each of the last ones is a build behind those before."""
    calls = early_calls(guest)
    # How often it waits is not the same every time, nor how long before that phase the first thread is.
    calls = [call for call in calls[:len(calls) * 9 // 10] if call[0] not in ("poll", "futex", "wait4", "waitid")]
    for i in range(early - 1):
        kill_at_call(guest, *calls[len(calls) * (i + 1) // early])
    for i, word in enumerate(words):
        kill_at_words(guest, word, i % 2 == 0)
    for i, number in enumerate(writes):
        kill_at_write(guest, number, i % 2 == 0)
    print(f"{len(calls)} calls until packing")


@case
def build_kills(guest):
    kills(guest, 8, ("writing back ...",), (2,))


@case
def build_kills_100(guest):
    # Each write both ways: completed and undone.
    kills(guest, 87, ("starting the appliance ...", "starting the appliance 0:", "writing back ...", "verifying    ...",
                      "ending the appliance ..."), (1, 2, 3, 4, 0, 1, 2, 0))
    result = guest.build()
    expect(result.status == 0, result)
    guest.check_built()
    wait_unused(guest.dir + "/", 30)


@case
def read_kills(guest):
    """The tree disk takes what the guest's whole tree does, so nothing of it may outlive its process for long."""
    with open(guest.config, "a", encoding="utf-8") as text:
        text.write("reader: { direct = false; };\n")

    def trees():
        return [where for where, _, names in os.walk(guest.path("stage")) if "tree.raw" in names]

    for words, group in (("starting the appliance ...", True), (READING, False), (READING, True)):
        kill_at_words(guest, words, group)
        # Without a name, it is gone with the last that has it open, and guest.killed has seen that nobody has.
        expect(words != READING or not trees(), f"{words}: {trees()}")
    result = guest.build()
    expect(result.status == 0 and READING in result.err, result)
    guest.check_built()
    wait_unused(guest.dir + "/", 30)
    expect(not os.listdir(guest.path("stage")), os.listdir(guest.path("stage")))


# --- a stage that fills up while the appliance writes to it

@case
def stage_filled(guest):
    """QEMU would stop the guest and wait for somebody to make room."""
    with small(guest.path("stage"), 80 << 20):
        build = guest.start()
        build.wait_for("writing back ...", 400)
        with open(guest.path("stage/filler"), "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(1 << 16))
        result = build.finish(120)
        expect(result.status == 1 and "on this host is full; make room there" in result.err, result)
        os.remove(guest.path("stage/filler"))
        expect(not guest.recorded(), result)
        guest.killed("no room", False)


# --- side by side

def others(guest, number):
    """Copies of the guest, and where the artifacts of each go."""
    pairs = [(guest.path(f"guest-{i}.raw"), guest.path(f"artifacts-{i}")) for i in range(number)]
    for image, _ in pairs:
        disk.copy(guest.fresh_image, image)
    return pairs


def side_by_side(guest, number):
    """As many builds at once, in one stage, and a second one of the first's volume, which is refused."""
    pairs = others(guest, number)
    builds = [Command("build", "--out", out, image, work=guest.dir, config=guest.config, env=guest.env)
              for image, out in pairs]
    builds[0].wait_for("packing", 200)
    again = guest.run("build", "--out", guest.path("again"), pairs[0][0])
    expect(again.status == 3 and re.search(r"guest-0\.raw: .*another ramimg", again.err), again)
    expect(not os.path.exists(guest.path("again")), "what is refused makes nothing")
    guest.tally.add("as it was")
    for build, (image, out) in zip(builds, pairs):
        result = build.finish(900)
        expect(result.status == 0, result)
        guest.image, guest.out = image, out
        guest.check_built()
        guest.tally.add("done")
    wait_unused(guest.dir + "/", 30)
    expect(not os.listdir(guest.path("stage")), os.listdir(guest.path("stage")))


@case
def side_by_side_2(guest):
    side_by_side(guest, 2)


@case
def side_by_side_8(guest):
    side_by_side(guest, 8)


# --- again and again

# The scratch directory may itself be in /tmp.
HUNDRED = """\
set -eu
mount --bind "$1" /mnt && mount --bind /mnt/its-tmp /tmp && mount --bind /mnt/its-var-tmp /var/tmp
shift
for i in $(seq 100); do
	status=0
	/mnt/ramimg "$@" >/dev/null 2>&1 </dev/null || status=$?
	echo $status
done
"""


def hundred(guest, status, *words):
    """The same a hundred times, in a /tmp and a /var/tmp of its own: nothing is left of it anywhere."""
    places = [guest.path(name) for name in ("its-tmp", "its-var-tmp")]
    for place in places:
        os.makedirs(place, exist_ok=True)
    statuses = disk.output("unshare", "--mount", "sh", "-c", HUNDRED, "sh", guest.dir, *words, text=True).split()
    expect(statuses == [str(status)] * 100, f"{words}: {statuses}")
    wait_unused("/mnt/ramimg", 30)
    loops = disk.output("losetup", "--all", text=True)
    expect(guest.dir not in loops, loops)
    left = [path for place in (*places, guest.path("stage")) if os.path.exists(place)
            for path in os.listdir(place)]
    expect(not left, f"{words}: left behind: {left}")
    expect(guest.digest() == guest.before, f"{words}: the volume changed")
    for _ in range(100):
        guest.tally.add("as it was")


@case
def hundred_runs(guest):
    """Programs that read, and builds that are refused. (Of whole builds: unit/build/hundred.)"""
    shutil.copy(os.environ["RAMIMG"], guest.path("ramimg"))
    with open(guest.path("mnt.conf"), "w", encoding="utf-8") as text:
        text.write('stage: { dir = "/mnt/stage"; };\n')
    conf, image = ["--config", "/mnt/mnt.conf"], "/mnt/guest.raw"
    for words in (["inspect", *conf, image], ["build", *conf, "--dry-run", image], ["recover", *conf, image]):
        hundred(guest, 0, *words)
    hundred(guest, 3, "revert", *conf, image)
    subprocess.run(["sh", test_guests.MAKE, "lvm-root+no-kernel", guest.path("refused.raw")], check=True)
    hundred(guest, 3, "build", *conf, "--out", "/mnt/artifacts", "/mnt/refused.raw")


def run_case(name):
    guest = Guest(name)
    CASES[name](guest)
    guest.tally.check()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", run_case))
