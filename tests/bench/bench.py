"""Speed and memory: ramimg against the procedure by hand, and the loader against the memory.

    sh tests/run bench [OPTION...]

Prints a table, writes it to docs/performance.md and the figures to out/bench/bench.json. Another build's
programs are measured with RAMIMG (and RAMLOAD, otherwise the one that lies in the same build) in the
environment.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests/e2e"))

PARTS = ("emulated", "native")


def arguments():
    parser = argparse.ArgumentParser(prog="sh tests/run bench", description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=PARTS, help="one part; docs/performance.md stays as it is")
    parser.add_argument("--runs", type=int, default=3, help="boots of each kind (3)")
    parser.add_argument("--rounds", type=int, default=5, help="of the native part (5)")
    return parser.parse_args()


def programs():
    """Where everything is, for the modules that look into the environment."""
    build = os.path.join(TREE, "out/build")
    ramimg = os.path.abspath(os.environ.setdefault("RAMIMG", os.path.join(build, "ramimg")))
    os.environ.setdefault("RAMLOAD", os.path.join(os.path.dirname(ramimg), "builder/loader/ramload"))
    os.environ["RAMIMG_E2E_DIR"] = os.path.join(TREE, "out/bench")
    return os.path.join(build, "tests/bench/bench_unpack")


def first_line(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def describe_machine():
    cpus = re.findall(r"^model name\s*: (.*)$", read("/proc/cpuinfo"), re.M)
    version = first_line("qemu-system-x86_64", "--version")
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "cpu": cpus[0], "cores": len(cpus),
            "kernel": re.match(r"[0-9.]+", platform.release()).group(0),
            "qemu": re.search(r"QEMU .*?version [0-9.]+", version).group(0).replace("emulator version ", ""),
            "thp": re.search(r"\[(\w+)\]", read("/sys/kernel/mm/transparent_hugepage/enabled")).group(1),
            "ramimg": first_line(os.environ["RAMIMG"], "--version")}


class Others:
    """How much of the processors' time went to others than this process and its children."""

    def __init__(self):
        self.start = self._now()

    @staticmethod
    def _now():
        tick = os.sysconf("SC_CLK_TCK")
        user, nice, system, idle, wait, *interrupts = (
            int(n) / tick for n in read("/proc/stat").splitlines()[0].split()[1:9])
        busy = user + nice + system + sum(interrupts)
        return busy - sum(os.times()[:4]), busy + idle + wait

    def percent(self):
        others, whole = (now - then for now, then in zip(self._now(), self.start, strict=True))
        return max(0, round(100 * others / whole))


def tree_mib(manifest):
    return int(re.search(r"^tar_bytes=(\d+)$", read(manifest), re.M).group(1)) >> 20


def main():
    options = arguments()
    unpacker = programs()
    import common       # these look into the environment
    import disks
    import emulated
    import native
    import report

    made = disks.Disks(common.workdir())
    data = {"machine": describe_machine(), "ramload_bytes": os.path.getsize(os.environ["RAMLOAD"])}
    data["tree_mib"] = tree_mib(made.archive("gzip")[1])
    for kind in disks.KINDS:
        made.disk(kind)
    others = Others()
    whole = options.only is None
    try:
        if options.only != "emulated":
            for kind in disks.ARCHIVES:
                data.setdefault("native", {})[kind] = native.measure(
                    os.environ["RAMLOAD"], unpacker, *made.archive(kind), options.rounds)
        if options.only != "native":
            for boots in emulated.measure(made, disks.KINDS, options.runs):
                data.setdefault("emulated", []).extend(boots)
    except KeyboardInterrupt:
        print("interrupted: what is complete is told, docs/performance.md stays as it is")
        whole = False
    data["others_percent"] = others.percent()
    with open(made.path("bench.json"), "w", encoding="utf-8") as out:
        json.dump(data, out, indent=1)
    text = report.page(data)
    print("\n" + text)
    if whole:
        with open(os.path.join(TREE, "docs/performance.md"), "w", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    main()
