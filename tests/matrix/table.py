# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""guests.table: its rows, and the table of docs/guests.md that is written from them and from results.

    table.py OUT DOCS    write the results below OUT (a build tree's "matrix") into the file DOCS
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ("name", "suite", "initramfs", "kernel", "root", "layout", "table", "firmware", "bus", "format", "machine",
           "form", "run")
# What the columns may hold; the first words of each are what tests/e2e proves with its Debian 12.
WORDS = {
    "suite": ("bookworm", "bullseye", "trixie"),
    "initramfs": ("initramfs-tools", "dracut"),
    "kernel": ("generic", "cloud"),
    "root": ("ext4", "xfs", "btrfs"),
    "layout": ("plain", "separate", "lvm", "partuuid"),
    "table": ("dos", "gpt"),
    "firmware": ("bios", "uefi", "secureboot"),
    "bus": ("scsi", "virtio", "sata", "nvme"),
    "format": ("raw", "qcow2", "vmdk"),
    "machine": ("pc", "q35"),
    "form": ("tmpfs", "compressed"),
    "run": ("all", "plain"),
}
# Proven in the plain run by another test, of which the whole guest is only the confirmation.
ELSEWHERE = {"bus nvme": "guest/initrd-nvme_and_size_on_the_kernel_line", "layout partuuid": "guest/equal-efi",
             "suite trixie": "guest/initrd-dracut_13_general", "initramfs dracut": "guest/initrd-dracut_13_general",
             # What differs are drivers, which are Debian's.
             "kernel cloud": "guest/initrd-dracut_13_general",
             "layout lvm": "guest/initrd-lvm",
             "table gpt": "guest/equal-40custom-entries+gpt+cloud-init+initrd-microcode+archive-link",
             # GRUB's menu is read in the same way, whoever started it.
             "firmware uefi": "guest/initrd-diskless_iso_uefi",
             # The firmware verifies nothing of ours; under emulation its management mode stops the guest for a minute.
             "firmware secureboot": "guest/initrd-diskless_iso_uefi",
             "bus virtio": "guest/initrd-virtio_blk_zstd_quiet", "format qcow2": "guest/pve-linked-clone",
             "machine q35": "host/live-controller-of-its-own", "form compressed": "guest/initrd-compressed",
             "root btrfs": "guest/btrfs",
             "root xfs": "guest/appliance-reads-xfs", "format vmdk": "faults/power-cut-vmdk",
             "layout separate": "guest/pve-block-device",
             # Either is the kernel's sd.
             "bus sata": "guest/initrd-scsi_gzip",
             # Whose makers gave it up in August 2026; its initramfs-tools has the scripts and hooks of Debian 12's.
             "suite bullseye": "unit/os/initramfs"}
BEGIN, END = "<!-- guests.table: begin -->\n", "<!-- guests.table: end -->\n"
# A column of the table in the documentation: its head, and what it shows of a row.
SUITES = {"bullseye": "Debian 11", "bookworm": "Debian 12", "trixie": "Debian 13"}
LAYOUTS = {"plain": "", "separate": ", /boot, /home, /var, /tmp", "lvm": " on LVM, /boot, /home",
           "partuuid": ", by PARTUUID"}


def parse(text):
    rows = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != len(COLUMNS):
            raise ValueError(f"the row of {words[0]} has {len(words)} words where {len(COLUMNS)} are wanted")
        row = dict(zip(COLUMNS, words))
        for column, allowed in WORDS.items():
            if row[column] not in allowed:
                raise ValueError(f"{row['name']}: {column} '{row[column]}' is none of {', '.join(allowed)}")
        rows.append(row)
    names = [row["name"] for row in rows]
    if len(set(names)) != len(names):
        raise ValueError("two rows have one name")
    return rows


def rows():
    with open(os.path.join(HERE, "guests.table"), encoding="ascii") as text:
        return parse(text.read())


def uncovered(table):
    """What some row has, and neither a row of the plain run nor the Debian of tests/e2e, nor another test."""
    plain = [row for row in table if row["run"] == "plain"]
    return [f"{column} {word}" for column, words in WORDS.items() if column != "run" for word in words[1:]
            if any(row[column] == word for row in table) and not any(row[column] == word for row in plain)
            and f"{column} {word}" not in ELSEWHERE]


def line(row, result):
    """One line of the documentation's table."""
    guest = f"{SUITES[row['suite']]}, {row['initramfs']}" + (", cloud kernel" if row["kernel"] == "cloud" else "")
    form = ", compressed" if row["form"] == "compressed" else ""
    seconds = "–"
    if result.get("passed"):
        seconds = f"{result['build_seconds']}, {result['boot_seconds']}"
    words = {True: "works", False: "fails", None: "not run"}[result.get("passed")]
    if result.get("passed") and result.get("back"):
        words += ", and back"
    return (f"| {guest} | {row['root']}{LAYOUTS[row['layout']]}{form} | {row['table']}, {row['firmware']} | "
            f"{row['bus']}, {row['machine']} | {row['format']} | {words} | {result.get('least_mib', '–')} | {seconds} |\n")


def guest_of(text):
    """The cells of a line that say what guest it is about."""
    return tuple(cell.strip() for cell in text.split("|")[1:6])


def render(table, results, before=""):
    """A row that has not been run here keeps the line that @before, the documentation's table, has of it."""
    kept = {guest_of(old): old for old in before.splitlines(keepends=True)}
    lines = [line(row, results.get(row["name"], {})) for row in table]
    lines = [new if row["name"] in results else kept.get(guest_of(new), new) for row, new in zip(table, lines)]
    head = "| guest | root | partitions, firmware | disk, machine | image | result | MiB | seconds |\n" + "| --- " * 8 + "|\n"
    return head + "".join(lines)


def result_of(out, name):
    """What the row's tests left; what they left before the row was changed counts for nothing."""
    try:
        with open(os.path.join(out, name, "result.json"), encoding="utf-8") as text:
            return json.load(text)
    except FileNotFoundError:
        return {}


def main(out, docs):
    table = rows()
    results = {row["name"]: result_of(out, row["name"]) for row in table}
    results = {name: result for name, result in results.items()
               if result.get("row") in [row for row in table if row["name"] == name]}
    with open(docs, encoding="utf-8") as text:
        before, rest = text.read().split(BEGIN)
    shown, after = rest.split(END)
    with open(docs, "w", encoding="utf-8") as text:
        text.write(before + BEGIN + render(table, results, shown) + END + after)


if __name__ == "__main__":
    main(*sys.argv[1:])
