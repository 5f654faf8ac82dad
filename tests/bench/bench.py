# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Speed and memory: ramimg against the procedure by hand and against peers, the loader against the memory.

    sh tests/run bench [OPTION...]

Prints the tables, keeps the figures in out/bench/bench.json, and writes docs/performance.md and its chart; a part that
was never measured here keeps its section in the page, and its panel in the chart. Another build's programs are measured with RAMIMG (and
RAMLOAD, otherwise the one that lies in the same build) in the environment.
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

PARTS = ("whole", "appliance", "trees", "growth", "emulated", "native")


def arguments():
    parser = argparse.ArgumentParser(prog="sh tests/run bench", description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="these parts")
    parser.add_argument("--runs", type=int, default=3, help="builds and boots of each kind (3)")
    parser.add_argument("--rounds", type=int, default=5, help="of the parts appliance, trees and native (5)")
    parser.add_argument("--without-hand", action="store_true",
                        help="part whole: without the procedure by hand, which takes twenty minutes")
    return parser.parse_args()


def programs():
    """Where everything is, for the modules that look into the environment."""
    build = os.path.join(TREE, "out/build")
    ramimg = os.path.abspath(os.environ.setdefault("RAMIMG", os.path.join(build, "ramimg")))
    os.environ.setdefault("RAMLOAD", os.path.join(os.path.dirname(ramimg), "builder/loader/ramload"))
    os.environ["RAMIMG_E2E_DIR"] = os.path.join(TREE, "out/bench")
    return {name: os.path.join(build, "tests/bench/bench_" + name) for name in ("unpack", "tree")}


def first_line(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def describe_machine():
    cpus = re.findall(r"^model name\s*: (.*)$", read("/proc/cpuinfo"), re.M)
    version = first_line("qemu-system-x86_64", "--version")
    return {"cpu": cpus[0], "cores": len(cpus),
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


def manifest_mib(manifest, name):
    return int(re.search(rf"^{name}=(\d+)$", read(manifest), re.M).group(1)) >> 20


def measure(part, made, tools, options):
    # These look into the environment.
    import appliance
    import disks
    import emulated
    import native
    import trees
    import whole

    if part == "whole":
        return list(whole.measure(made, options.runs, not options.without_hand))
    if part == "appliance":
        return appliance.measure(made, options.rounds)
    if part == "trees":
        return trees.compare(made, tools["tree"], options.rounds)
    if part == "growth":
        return trees.growth(made, tools["tree"])
    if part == "emulated":
        for kind in disks.KINDS:
            made.disk(kind)
        return [r for boots in emulated.measure(made, disks.KINDS, options.runs) for r in boots]
    return {kind: native.measure(os.environ["RAMLOAD"], tools["unpack"], *made.archive(kind), options.rounds)
            for kind in disks.ARCHIVES} | {
        "image": native.measure_image(os.environ["RAMLOAD"], *made.image(), options.rounds)}


def known(path):
    """What has been measured before: a part, with the machine that it was measured on."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def put(name, text):
    with open(os.path.join(TREE, "docs", name), "w", encoding="utf-8") as out:
        out.write(text)


def main():
    options = arguments()
    tools = programs()
    import chart
    import common
    import disks
    import report

    made = disks.Disks(common.workdir())
    path = made.path("bench.json")
    data, machine = known(path), describe_machine()
    data["ramload_bytes"] = os.path.getsize(os.environ["RAMLOAD"])
    manifest = made.archive("gzip")[1]
    data |= {"tree_mib": manifest_mib(manifest, "tar_bytes"), "tmpfs_mib": manifest_mib(manifest, "tmpfs_bytes")}
    for part in options.only:
        others = Others()
        results = measure(part, made, tools, options)
        data[part] = {"results": results, "machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()),
                      "others_percent": others.percent()}
        print("\n" + report.section(part, data) + "\n", flush=True)
        with open(path, "w", encoding="utf-8") as out:
            json.dump(data, out, indent=1)
    put("performance.md", report.page(data, read(os.path.join(TREE, "docs/performance.md"))))
    put("performance.svg", chart.draw(chart.panels(data), read(os.path.join(TREE, "docs/performance.svg"))))


if __name__ == "__main__":
    main()
