# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real GRUB and the RAM entry that a build makes from the guest's own: passwords, submenus, saved defaults.

The menus have the shape of 00_header's and 10_linux's. GRUB knows no `linux` and no `initrd` here: functions of
these names say what they were called with, and that is the boot.
"""
import hashlib
import os
import subprocess
import tempfile
import unittest

import grub_count

UUID = "11111111-2222-3333-4444-555555555555"
KERNEL = "6.1.0-9-amd64"
OURS = f"ramimg-{UUID}"
RAM, STOCK = "/boot/initrd.img-ramboot", f"/boot/initrd.img-{KERNEL}"
ASKS = b"Enter username"
HEADER = "### BEGIN /etc/grub.d/00_header ###\n" + grub_count.HEADER + """if [ x"${{feature_menuentry_id}}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
function savedefault {{
  if [ -z "${{boot_once}}" ]; then
    saved_entry="${{chosen}}"
    save_env saved_entry
  fi
}}
function recordfail {{
  set recordfail=1
  if [ -n "${{have_grubenv}}" ]; then if [ -z "${{boot_once}}" ]; then save_env recordfail; fi; fi
}}
function load_video {{
  true
}}
function linux {{
  echo "FACT root $root"
  echo "FACT gfxpayload $gfxpayload"
  echo "FACT recordfail $recordfail"
  for word in "$@"; do echo "WORD $word"; done
}}
function initrd {{
  echo "BOOTED $@"
  halt
}}
set timeout=1
### END /etc/grub.d/00_header ###
### BEGIN /etc/grub.d/10_linux ###
function gfxmode {{
	set gfxpayload="${{1}}"
}}
set linux_gfx_mode=keep
export linux_gfx_mode
"""
FOOTER = """### END /etc/grub.d/10_linux ###
### BEGIN /etc/grub.d/30_uefi-firmware ###
if [ "$grub_platform" = "efi" ]; then
	menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
		fwsetup
	}
fi
### END /etc/grub.d/30_uefi-firmware ###
### BEGIN /etc/grub.d/40_custom ###
# This file provides an easy way to add custom menu entries.
### END /etc/grub.d/40_custom ###
"""
UNRESTRICTED = "--unrestricted"


def entry(title, name, kernel=KERNEL, options="", first="", early=""):
    return f"""menuentry '{title}' --class debian --class os {options} $menuentry_id_option '{name}' {{
{first}	load_video
	insmod gzio
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	insmod part_msdos
	insmod ext2
	set root='hd0,msdos9'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos9 {UUID}
	else
	  search --no-floppy --fs-uuid --set=root {UUID}
	fi
	echo	'Loading Linux {kernel} ...'
	linux	/boot/vmlinuz-{kernel} root=UUID={UUID} ro quiet
	initrd	{early}/boot/initrd.img-{kernel}
}}
"""


def submenu(options, *entries):
    return f"submenu 'Advanced options' {options} $menuentry_id_option 'advanced' {{\n{''.join(entries)}}}\n"


def passwords():
    salt = b"0123456789abcdef"
    key = hashlib.pbkdf2_hmac("sha512", b"secret", salt, 1000)
    return (f"### BEGIN /etc/grub.d/01_password ###\nset superusers=\"root\"\npassword_pbkdf2 root "
            f"grub.pbkdf2.sha512.1000.{salt.hex().upper()}.{key.hex().upper()}\n"
            "### END /etc/grub.d/01_password ###\n")


def stock(default, *parts):
    return HEADER.format(default=default) + "".join(parts) + FOOTER


class Grub(grub_count.Grub):
    def facts(self):
        """What was booted, and with what."""
        self.text = self.lines(subprocess.run(self.qemu(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                              check=True, timeout=120).stdout)
        facts = [line.split(" ", 2)[1:] for line in self.text if line.startswith("FACT ")]
        booted = [line.split(" ", 1)[1].strip() for line in self.text if line.startswith("BOOTED ")]
        words = [line.split(" ", 1)[1].strip() for line in self.text if line.startswith("WORD ")]
        return booted, {key: "".join(value).strip() for key, *value in facts} | {"linux": " ".join(words)}

    def asks(self):
        """Whether GRUB asks who is there; otherwise it boots and halts."""
        with subprocess.Popen(self.qemu(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
            text = b""
            while ASKS not in text and (more := os.read(run.stdout.fileno(), 4096)):
                text += more
            run.kill()
        return ASKS in text


class Entry(unittest.TestCase):
    def grub(self, config, ours="default", env=b"", saved=()):
        work = tempfile.TemporaryDirectory(prefix="grub-entry-")
        self.addCleanup(work.cleanup)
        built = subprocess.run([os.environ["GRUB_TOOL"], ours, *saved], input=config.encode(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(built.stderr, b"", "not all of the entry was understood")
        subprocess.run(["grub-script-check"], input=built.stdout, check=True)
        return Grub(work.name, env, config=built.stdout.decode(), uuid=UUID, missing=("linux", "initrd"))

    def test_passwords(self):
        """The guest's entry is for everybody, and so is ours; it counts, and gives up after two."""
        grub = self.grub(stock("0", passwords(), entry("Debian", "simple", options=UNRESTRICTED)))
        booted, facts = grub.facts()
        self.assertEqual(booted, [RAM])
        self.assertEqual(facts["root"], "hd0,msdos1")
        self.assertEqual(facts["linux"], f"/boot/vmlinuz-{KERNEL} root=UUID={UUID} ro console=ttyS0 quiet "
                                         "boot=ramimg toram noresume")
        self.assertEqual(grub.variables(), ["ramimg_failed=1"])
        self.assertEqual(grub.facts()[0], [RAM])
        self.assertEqual(grub.facts()[0], [STOCK])
        self.assertIn(grub_count.SAID, grub.text)

    def test_passwords_of_the_guests_entry(self):
        """The guest's entry asks, and so does ours, before it counts."""
        grub = self.grub(stock("0", passwords(), entry("Debian", "simple", options="--users ''")))
        self.assertTrue(grub.asks())
        self.assertEqual(grub.variables(), [])

    def test_passwords_of_a_submenu(self):
        """The way to the guest's entry is through a submenu: who may open it may boot ours."""
        inside = entry("Debian, with Linux", "advanced-9", options=UNRESTRICTED)
        for options, asks in (("", True), (UNRESTRICTED, False)):
            menu = stock("advanced>advanced-9", passwords(), entry("Debian", "simple"), submenu(options, inside))
            for ours in ("default", "choice"):      # GRUB's own word on the guest's entry is the second
                with self.subTest(options=options, ours=ours):
                    self.assertEqual(self.grub(menu, ours).asks(), asks)

    def test_saved_default(self):
        """The RAM entry is the default: what the guest saved is what it falls back to."""
        save = "\tsavedefault\n"
        menu = stock("${saved_entry}", entry("Debian", "simple", first=save),
                     submenu("", entry("Older", "older", kernel="6.1.0-8-amd64", first=save)))
        grub = self.grub(menu, "default", b"saved_entry=advanced>older\n", ["advanced"])
        for _ in range(2):
            self.assertEqual(grub.facts()[0], [RAM])
            self.assertIn("saved_entry=advanced>older", grub.variables())
        self.assertEqual(grub.facts()[0], ["/boot/initrd.img-6.1.0-8-amd64"])

    def test_saved_choice(self):
        """The RAM entry is one among others: chosen once, it is saved like them."""
        save = "\tsavedefault\n"
        menu = stock("${saved_entry}", entry("Debian", "simple", first=save))
        grub = self.grub(menu, "choice")
        self.assertEqual(grub.facts()[0], [STOCK])
        self.assertEqual(grub.variables(), ["saved_entry=simple"])
        grub = self.grub(menu, "choice", f"saved_entry={OURS}\n".encode())
        self.assertEqual(grub.facts()[0], [RAM])
        self.assertEqual(grub.variables(), [f"saved_entry={OURS}", "ramimg_failed=1"])

    def test_thirty_kernels_without_a_submenu(self):
        """GRUB_DISABLE_SUBMENU; Ubuntu's lines, an initrd for ACPI's tables, and the last is the default."""
        own = "\trecordfail\n\tgfxmode $linux_gfx_mode\n"
        kernels = [entry(f"Linux {n}", f"k{n}", kernel=f"5.10.0-{n}-amd64") for n in range(29)]
        grub = self.grub(stock("29", passwords(), *kernels,
                               entry("Linux 29", "k29", first=own, early="/boot/acpi.img ", options=UNRESTRICTED)))
        booted, facts = grub.facts()
        self.assertEqual(booted, [f"/boot/acpi.img {RAM}"])
        self.assertEqual((facts["gfxpayload"], facts["recordfail"]), ("keep", "1"))
        self.assertEqual(grub.variables(), ["ramimg_failed=1", "recordfail=1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
