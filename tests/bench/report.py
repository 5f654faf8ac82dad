# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The figures of a run as a Markdown page. It contains nothing that the run did not produce."""

import statistics

MIB = 1 << 20
SIZE_GOAL = 2 * 10**6


def spread(values, form):
    """Median, smallest and largest."""
    text = form.format(statistics.median(values))
    return text if len(values) == 1 else text + f" ({form.format(min(values))} to {form.format(max(values))})"


def met(good):
    return "met" if good else "**missed**"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


class Runs:
    """The boots, in the order of the runs, by kind."""

    def __init__(self, results):
        self.results = results
        self.count = 1 + max(r["run"] for r in results)

    def of(self, kind, key):
        return [r[key] for r in self.results if r["kind"] == kind]

    def ratios(self, one, other, key):
        """Run by run: the quotient of what one kind and the other took in the same run."""
        return [a / b for a, b in zip(self.of(one, key), self.of(other, key), strict=True)]


def emulated(results):
    runs = Runs(results)
    kinds = ("gzip", "zstd", "lz4", "compressed")

    def row(what, key, form, scale=1):
        return [what] + [spread([v / scale for v in runs.of(kind, key)], form)
                         for kind in ("by hand", *kinds)]

    def ratio_row(what, goal, ratios, good):
        # The goals of the tmpfs form, and of the other.
        return [what, goal] + [f"{spread(r, '{:.2f}')}, {met(good[kind == 'compressed'](statistics.median(r)))}"
                               for kind, r in zip(kinds, ratios, strict=True)]

    figures = table(("", "by hand", "ramimg, gzip", "ramimg, zstd", "ramimg, lz4", "ramimg, compressed"), [
        row("root mounted to root ready, s", "seconds", "{:.2f}"),
        row("resident size of QEMU, MiB", "resident", "{:.0f}", MIB),
        row("the guest's RAM in that, MiB", "guest_resident", "{:.0f}", MIB),
        row("moved by a live migration, MiB", "moved", "{:.0f}", MIB),
        row("which took, as fast as this machine can, s", "migration", "{:.2f}"),
        row("which took, at 1 Gbit/s, s", "gigabit", "{:.1f}"),
        row("then all files found (`find`), cold, s", "found", "{:.2f}"),
        row("and read (`cat`), s", "read", "{:.2f}"),
        ["least memory that a build names, MiB", "–"] + [f"{runs.of(kind, 'least')[0]}" for kind in kinds]])
    ratios = table(("", "goal, compressed", "ramimg, gzip", "ramimg, zstd", "ramimg, lz4", "ramimg, compressed"), [
        ratio_row("time, by hand / ramimg", "at least 4, 8",
                  [runs.ratios("by hand", kind, "seconds") for kind in kinds], (lambda x: x >= 4, lambda x: x >= 8))] + [
        ratio_row(f"{what}, ramimg / by hand", "at most 0.5, 0.3",
                  [runs.ratios(kind, "by hand", key) for kind in kinds], (lambda x: x <= 0.5, lambda x: x <= 0.3))
        for what, key in (("resident size", "resident"), ("guest's RAM", "guest_resident"),
                          ("moved", "moved"), ("migration's time", "migration"),
                          ("migration's time at 1 Gbit/s", "gigabit"))])
    return runs.count, figures, ratios


def native(results):
    rows = []
    for kind, rounds in results.items():
        if kind == "image":
            continue
        ratios = [r["load"] / max(r["unpack"], r["copy"]) for r in rounds]
        rows.append([kind] + [spread([r[key] for r in rounds], "{:.2f}")
                              for key in ("load", "unpack", "copy")] +
                    [f"{spread(ratios, '{:.2f}')}, {met(statistics.median(ratios) <= 1.3)}"])
    return table(("", "the loader, s", "decompressing alone, s", "`cp -a`, s",
                  "loader / the slower (goal: at most 1.3)"), rows)


def image(rounds):
    ratios = [r["load"] / r["cat"] for r in rounds]
    return table(("", "the loader, s", "`cat` into a tmpfs, s", "ratio (goal: at most 1.3)"), [
        ["image", *(spread([r[key] for r in rounds], "{:.2f}") for key in ("load", "cat")),
         f"{spread(ratios, '{:.2f}')}, {met(statistics.median(ratios) <= 1.3)}"]])


def phases(rows):
    """Medians of the phases' seconds, in the order in which the last build began them."""
    return ", ".join("{} {:.1f}".format(p["name"], statistics.median(
        q["seconds"] for r in rows for q in r["phases"] if q["name"] == p["name"]))
        for p in rows[-1]["phases"])


def whole(results):
    """The builds, against the one by hand where that was run."""
    hand = [r for r in results if r["kind"] == "by hand"]
    rows = []
    for kind, name in (("by hand", "by hand"), ("gzip", "ramimg, gzip"), ("zstd", "ramimg, zstd"),
                       ("again", "ramimg, gzip, again after a small change in the guest")):
        of = [r for r in results if r["kind"] == kind]
        if not of:
            continue
        ratio = ""
        if hand and kind in ("gzip", "zstd"):
            ratios = [hand[0]["seconds"] / r["seconds"] for r in of]
            good = statistics.median(ratios) >= 25 and \
                statistics.median(r["seconds"] for r in of) < 75
            ratio = f"{spread(ratios, '{:.1f}')}, {met(good)}"
        peak = [r["peak_kib"] / 1024 for r in of if "peak_kib" in r]
        rows.append([name, spread([r["seconds"] for r in of], "{:.0f}"), ratio,
                     spread(peak, "{:.0f}") if peak else "", phases(of)])
    return table(("", "s", "by hand / ramimg (goal: 25, and under 75 s)", "memory of ramimg itself, MiB",
                  "phases, s"), rows)


def appliance(results):
    """Round by round, as whatever else the machine does meets both."""
    ratios = [r["tar-out"] / r["ramimg"] for r in results]
    good = met(statistics.median(ratios) >= 3)
    rows = [[what, *(spread([r[kind + key] for r in results], "{:.0f}") for kind in ("tar-out", "ramimg")), last]
            for what, key, last in (("the tree, s", "", f"{spread(ratios, '{:.1f}')}, {good}"),
                                    ("processor time of the whole run, s", " cpu", ""))]
    return table(("", "guestfish, tar-out", "ramimg, packed as well", "ratio (goal: 3)"), rows)


def trees(results):
    def ratios(one, other):
        return [r[one] / r[other] for r in results]

    def row(what, ours, peer, goal, values, good):
        return [what, spread([r[ours] for r in results], "{:.2f}"),
                spread([r[peer] for r in results], "{:.2f}"),
                f"{spread(values, '{:.2f}')}, {met(good(statistics.median(values)))}", goal]

    return table(("", "ramimg, s", "peer, s", "ratio", "goal"), [
        row("reading / `cat` of as many bytes", "read", "cat", "at most 2.0", ratios("read", "cat"),
            lambda x: x <= 2),
        row("packing / `tar -cf - . \\| zstd -T0 -3`", "zstd", "tar zstd", "at most 1.1",
            ratios("zstd", "tar zstd"), lambda x: x <= 1.1),
        row("`tar -czf` / packing with gzip", "gzip", "tar gzip", "at least 8",
            ratios("tar gzip", "gzip"), lambda x: x >= 8),
        row("packing an image / `mksquashfs -comp zstd`", "squashfs", "mksquashfs", "at most 1.1",
            ratios("squashfs", "mksquashfs"), lambda x: x <= 1.1)])


def flat(values, within):
    """By how much the largest is above the smallest, as a share of that."""
    above = max(values) / min(values) - 1
    return f"the largest is {100 * above:.0f} % above the smallest, {met(above <= within)}"


def growth(rows):
    """How time and memory grow: by GiB in as many files, by files that are all as small."""
    by_size = [r for r in rows if r["gib"] >= 1]
    by_files = [r for r in rows if r["gib"] < 1]
    lines = table(("GiB", "files", "s", "s per GiB", "µs per file", "MiB of memory"), [
        [f"{r['gib']:.3g}", f"{r['files']:,}", f"{r['seconds']:.2f}",
         f"{r['seconds'] / r['gib']:.2f}" if r in by_size else "",
         f"{r['seconds'] / r['files'] * 1e6:.1f}" if r in by_files else "",
         f"{r['peak_kib'] / 1024:.0f}"] for r in rows])
    return lines + f"""

- Time per GiB as the tree grows: {flat([r['seconds'] / r['gib'] for r in by_size], 0.2)} (goal: 20 %).
- Time per file as their number grows: {flat([r['seconds'] / r['files'] for r in by_files], 0.2)} (goal: 20 %).
- Memory: {flat([r['peak_kib'] for r in rows], 0.1)} (goal: 10 %);
  at most 200 MB: {met(max(r['peak_kib'] for r in rows) * 1024 <= 200e6)}."""


def measured(part):
    """When, on what, and how quiet it was: each part may have been run at another time and place."""
    machine = part["machine"]
    return (f"Measured on {part['date']} on an {machine['cpu']} with {machine['cores']} cores, Linux {machine['kernel']}, "
            f"{machine['qemu']}, transparent huge pages \"{machine['thp']}\", {machine['ramimg']}; meanwhile "
            f"{part['others_percent']} % of the processors' time went to processes other than the bench, its QEMUs and its "
            "appliances.")


def whole_page(part, _data):
    return f"""Each run is on a fresh copy of the disk of `tests/fixtures/debian-disk`. *By hand* is the procedure that
ramimg replaces, in one run of guestfish: mkinitramfs with the patched script, fstab, `update-grub`,
`tar -czf`. It is run only once, as it takes so long. Phases may overlap: ramimg packs while the appliance
starts.

{whole(part["results"])}

{measured(part)}"""


def appliance_page(part, _data):
    return f"""The disk of the row bullseye-xfs of `tests/matrix`, on whose tree both work by turns, in {len(part["results"])} rounds:
guestfish's `tar-out` into /dev/null, which is how ramimg read it once, and a build of ramimg, of which the phases
*reading in the appliance* and *packing* count. The processor time is that of all their processes, a build's to its end.

{appliance(part["results"])}

{measured(part)}"""


def trees_page(part, _data):
    return f"""Everything is read from the page cache, on all cores, in {len(part["results"])} rounds in which all take turns. The peers
work on a loop mount of the same image. `cat` reads a file with as many bytes as the image has outside its holes.

{trees(part["results"])}

{measured(part)}"""


def growth_page(part, _data):
    return f"""Packing with gzip what the direct reader reads, from the page cache into a tmpfs; a third of each file's bytes cannot be
compressed. Each figure is the median of three runs or, for the trees of less than a GiB, whose files have 1 KiB
each, of seven. The time begins once the root is mounted; starting both processes takes another 0.03 s. The
memory is the most that ramimg's processes had in use together.

{growth(part["results"])}

{measured(part)}"""


def emulated_page(part, data):
    count, figures, ratios = emulated(part["results"])
    return f"""The same disk, of whose tree ramimg packs {data["tree_mib"]} MiB, in an emulated machine (TCG) with 2 CPUs and 3 GiB. It is booted
{count} times in each way, in turn. *By hand* is the boot script that copies the root with
`cp -rfa /ramboottmp/* ${{rootmnt}}` into a tmpfs with `size=100%`; this `cp` is Debian's busybox, as mkinitramfs
would install it. Its disk has no `ram.tar.gz`, because `cp` would copy that as well. *Compressed* is the form of
`--compressed` ([choosing-a-form.md](choosing-a-form.md)). Each VM has the balloon device that Proxmox VE gives it, by which
the guest gives back what only its boot took ([running-from-ram.md](running-from-ram.md#what-the-guest-gives-back)).

{figures}

{ratios}

- The time is the difference between two readings of `/proc/uptime` by the boot script in the guest: right
  after the disk's root is mounted, and right before the boot script ends. With ramimg, the second comes after
  it has let go of the disk.
- The memory is measured once the system is up, somebody is logged in and the disk has been let go of. The
  resident size is that of the whole QEMU process: it includes what QEMU needs for emulating, and it counts
  whole huge pages where the host uses them. A live migration moves every page of 4 KiB that is not zero, to a program that
  throws it away. It looks at all 3 GiB, which takes the same time whatever is in them: most of it, where nothing holds
  it up. At 1 Gbit/s, of a second migration of the same guest, it waits for the network, and the time is that of the bytes.
- In the tmpfs form the files alone take {data["tmpfs_mib"]} MiB of it, which no way of loading them changes. The rest, looked at
  once, is the kernel's own (100 MiB, of which 48 are its table of the 3 GiB's pages, and 55 of slabs, mostly inodes and names)
  and 15 of processes. All of what is free lies in blocks of 4 MiB, and is given back: there was nothing more to gain from
  compacting it.

{measured(part)}"""


def native_page(part, _data):
    rounds = len(next(iter(part["results"].values())))
    return f"""From a file in the page cache into a tmpfs, on two cores, in {rounds} rounds in which the three take turns.
*Decompressing alone* is `tests/bench/unpack.c`: two threads run ISA-L's or libzstd's decompressor over the
archive's members, compare the checksums and discard the output. `cp -a` copies the same tree from one tmpfs to
another.

{native(part["results"])}

The image of the compressed form, with all that the loader does for it: each MiB hashed and compared, loop device, mounts. `cat` does
none of that.

{image(part["results"]["image"])}

{measured(part)}"""


# By its part, what a section is headed by and written by.
PAGES = {"whole": ("A whole build, without KVM", whole_page),
         "appliance": ("Reading xfs in the appliance, without KVM", appliance_page),
         "trees": ("Reading and packing the same root", trees_page),
         "growth": ("As the tree grows", growth_page),
         "emulated": ("A boot, emulated", emulated_page),
         "native": ("The loader on the machine itself", native_page)}


def section(part, data):
    heading, write = PAGES[part]
    return f"## {heading}\n\n{write(data[part], data)}"


def sections(page_text):
    """A page's sections, by their headings, without what is above the first."""
    return {section.split("\n", 1)[0]: section.rstrip("\n") for section in page_text.split("\n## ")[1:]}


def page(data, before=""):
    """The whole page. A part that has not been measured keeps the section that @before, the page as it was, has of it."""
    old, written = sections(before), []
    for part, (heading, _) in PAGES.items():
        if part in data:
            written.append(section(part, data))
        elif heading in old:
            written.append("## " + old[heading])
    size = data["ramload_bytes"]
    head = f"""# Speed and memory

`sh tests/run bench` measures all of this and writes this page and the chart. It takes an hour, and needs root
and a machine that does nothing else. `sh tests/run bench --only PART` runs one part again
({", ".join(PAGES)}). The figures behind the tables are in `out/bench/bench.json`. Every figure is a median,
followed by the smallest and the largest in brackets; both figures of a ratio are from the same run.

![ramimg against its peers](performance.svg)"""
    foot = f"""## The loader's size

`ramload`, static: {size:,} bytes; goal at most 2 MB: {met(size <= SIZE_GOAL)}.
"""
    return "\n\n".join([head, *written, foot])
