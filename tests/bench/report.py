"""The figures of a run as a Markdown page. Nothing stands there that the run did not give."""

import statistics

MIB = 1 << 20
SIZE_GOAL = 2 * 10**6


def spread(values, form):
    """Median, and from where to where."""
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
        """Run by run: what one kind took, of what the other took in the same run."""
        return [a / b for a, b in zip(self.of(one, key), self.of(other, key), strict=True)]


def emulated(results):
    runs = Runs(results)
    kinds = ("gzip", "zstd")

    def row(what, key, form, scale=1):
        return [what] + [spread([v / scale for v in runs.of(kind, key)], form)
                         for kind in ("by hand", *kinds)]

    def ratio_row(what, goal, ratios, good):
        return [what, goal] + [f"{spread(r, '{:.2f}')}, {met(good(statistics.median(r)))}"
                               for r in ratios]

    figures = table(("", "by hand", "ramimg, gzip", "ramimg, zstd"), [
        row("root mounted to root ready, s", "seconds", "{:.2f}"),
        row("resident size of QEMU, MiB", "resident", "{:.0f}", MIB),
        row("of it the guest's RAM, MiB", "guest_resident", "{:.0f}", MIB),
        row("moved by a live migration, MiB", "moved", "{:.0f}", MIB)])
    ratios = table(("", "goal", "ramimg, gzip", "ramimg, zstd"), [
        ratio_row("time, by hand / ramimg", "at least 4",
                  [runs.ratios("by hand", kind, "seconds") for kind in kinds], lambda x: x >= 4)] + [
        ratio_row(f"{what}, ramimg / by hand", "at most 0.5",
                  [runs.ratios(kind, "by hand", key) for kind in kinds], lambda x: x <= 0.5)
        for what, key in (("resident size", "resident"), ("guest's RAM", "guest_resident"),
                          ("moved", "moved"))])
    return runs.count, figures, ratios


def native(results):
    rows = []
    for kind, rounds in results.items():
        ratios = [r["load"] / max(r["unpack"], r["copy"]) for r in rounds]
        rows.append([kind] + [spread([r[key] for r in rounds], "{:.2f}")
                              for key in ("load", "unpack", "copy")] +
                    [f"{spread(ratios, '{:.2f}')}, {met(statistics.median(ratios) <= 1.3)}"])
    return table(("", "the loader, s", "decompressing alone, s", "`cp -a`, s",
                  "loader / the slower (goal: at most 1.3)"), rows)


def page(data):
    machine = data["machine"]
    parts = [f"""# Speed and memory

`sh tests/run bench` measures all of this and writes this page; it takes half an hour,
root, and a machine that does nothing else. `sh tests/run bench --help` names the parts that can be run
alone (which print their table and leave this page as it is). The figures behind the tables are in
`out/bench/bench.json`. Every figure is a median, with the smallest and the largest in brackets; a ratio
is of two figures of the same run.

Measured on {machine["date"]}: {machine["cpu"]}, {machine["cores"]} cores, Linux {machine["kernel"]},
{machine["qemu"]}, transparent huge pages "{machine["thp"]}", {machine["ramimg"]}. Meanwhile {data["others_percent"]} % of the
processors' time went to others than the bench and its QEMUs."""]
    if data.get("emulated"):
        count, figures, ratios = emulated(data["emulated"])
        parts.append(f"""## A Debian of {data["tree_mib"]} MiB, emulated

The disk of `tests/fixtures/debian-disk` in an emulated machine (TCG) with 2 CPUs and 3 GiB, booted
{count} times in each way, in turn. *By hand* is the boot script that copies the root with
`cp -rfa /ramboottmp/* ${{rootmnt}}` into a tmpfs with `size=100%`; `cp` is that of Debian's busybox, which
is what mkinitramfs would have put there. Its disk has no `ram.tar.gz`, which `cp` would copy as well.

{figures}

{ratios}

- The time is between two readings of `/proc/uptime` in the guest, by the boot script: right after the
  disk's root is mounted, and right before the boot script is done. With ramimg the latter is after it has
  let go of the disk.
- The memory is taken once the system is up, somebody is logged in and the disk has been let go of. The
  resident size is that of the whole QEMU: with what it keeps for emulating, and by huge pages where the
  host has them. A live migration moves pages of 4 KiB that are not zero.""")
    if data.get("native"):
        parts.append(f"""## The loader on the machine itself

From a file in the page cache into a tmpfs, on two cores, {len(next(iter(data["native"].values())))} rounds
of the three in turn. *Decompressing alone* is `tests/bench/unpack.c`: two threads of ISA-L's or libzstd's
decompressor over the archive's members, checksums compared, to nowhere. `cp -a` copies the same tree from
one tmpfs to another.

{native(data["native"])}""")
    size = data["ramload_bytes"]
    parts.append(f"""## The loader's size

`ramload`, static: {size:,} bytes; goal at most 2 MB: {met(size <= SIZE_GOAL)}.
""")
    return "\n\n".join(parts)
