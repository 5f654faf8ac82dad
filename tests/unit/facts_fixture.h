// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Facts of a small Debian guest, as inspection would find them; for tests of what is decided.
 */
#include "plan/facts.h"
#include "plan/guest_paths.h"

#define FX_UUID "11111111-2222-3333-4444-555555555555"
#define FX_FSTAB                                                                                   \
	"# /etc/fstab\nUUID=" FX_UUID " / ext4 errors=remount-ro 0 1\nUUID=aaaa none swap sw 0 0\n"
#define FX_CUSTOM                                                                                  \
	"#!/bin/sh\nexec tail -n +3 $0\n# This file provides an easy way to add custom menu "      \
	"entries.\n"
#define FX_CFG                                                                                     \
	"### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"                   \
	"   set default=\"${next_entry}\"\n   set next_entry=\nelse\n   set default=\"0\"\nfi\n"   \
	"### END /etc/grub.d/00_header ###\n\n### BEGIN /etc/grub.d/40_custom ###\n"               \
	"# This file provides an easy way to add custom menu entries.\n"                           \
	"### END /etc/grub.d/40_custom ###\n"
#define FX_DEFAULT                                                                                 \
	"GRUB_DEFAULT=0\nGRUB_DISTRIBUTOR=`lsb_release -i -s`\n"                                   \
	"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"console=ttyS0\"\n"

static inline void fx_text(struct ri_text *t, const char *path, const char *bytes)
{
	free(t->path);
	ri_buf_free(&t->bytes);
	t->path = strdup(path);
	ri_buf_add_str(&t->bytes, bytes);
	t->present = true;
}

static inline void fx_on_disk(struct ri_facts *f, const char *device, const char *type,
    const char *name)
{
	struct ri_err e;
	struct ri_ondisk_fs *fs = ri_ondisk_add(&f->disk, device, type, &e);

	if (!fs || ri_strv_add(&fs->names, name, &e) < 0)
		abort();
}

static inline void fx_facts(struct ri_facts *f)
{
	struct ri_err e;

	memset(f, 0, sizeof *f);
	f->os.id = strdup("debian");
	f->os.name = strdup("Debian GNU/Linux");
	f->os.pretty_name = strdup("Debian GNU/Linux 12 (bookworm)");
	f->os.version_id = strdup("12");
	f->arch = strdup("x86_64");
	f->mounts = calloc(2, sizeof *f->mounts);
	f->mounts_n = 1;
	f->mounts[0] = (struct ri_mount){ strdup("/"), strdup("/dev/sda1"), strdup("ext4"),
		strdup(FX_UUID), 3u << 30, 1u << 30, { 0, NULL } };
	f->boot = &f->mounts[0];
	f->bootdev = (struct ri_bootdev){ .disk = 0, .part = 1, .ptable = strdup("msdos") };
	fx_on_disk(f, "/dev/sda1", "ext4", "UUID=" FX_UUID);
	fx_on_disk(f, "/dev/sda5", "swap", "UUID=aaaa");
	f->root_spec = strdup("UUID=" FX_UUID);
	f->initramfs = strdup("initramfs-tools");
	f->loader = strdup("");
	f->grub = true;
	f->boot_files = calloc(2, sizeof *f->boot_files);
	f->boot_files[0] = (struct ri_boot_file){ strdup("vmlinuz-6.1.0-9-amd64"), 8000000 };
	f->boot_files[1] = (struct ri_boot_file){ strdup("initrd.img-6.1.0-9-amd64"), 30000000 };
	f->boot_files_n = 2;
	if (ri_strv_add(&f->modules, "6.1.0-9-amd64", &e) < 0)
		abort();
	fx_text(&f->now[RI_TEXT_FSTAB], RI_PATH_FSTAB, FX_FSTAB);
	fx_text(&f->now[RI_TEXT_CUSTOM], RI_PATH_CUSTOM, FX_CUSTOM);
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG, FX_CFG);
	f->defaults = calloc(1, sizeof *f->defaults);
	f->defaults_n = 1;
	f->defaults_dir = true;
	fx_text(&f->defaults[0], RI_PATH_DEFAULT, FX_DEFAULT);
}

#define FX_FEDORA "6.8.5-301.fc40.x86_64"
#define FX_MACHINE "0123456789abcdef0123456789abcdef"
#define FX_BLS_CFG                                                                                 \
	"load_env\nif [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\nelse\n"      \
	"   set default=\"${saved_entry}\"\nfi\ninsmod blscfg\nblscfg\n"
#define FX_BLS_ENTRY(version)                                                                      \
	"title Fedora Linux (" version ") 40\nversion " version "\nlinux /boot/vmlinuz-" version   \
	"\ninitrd /boot/initramfs-" version ".img\n"                                               \
	"options root=UUID=" FX_UUID                                                               \
	" ro rhgb resume=UUID=aaaa\ngrub_users $grub_users\ngrub_arg --unrestricted\n"             \
	"grub_class fedora\n"
#define FX_BLS_STOCK RI_PATH_BLS_DIR "/" FX_MACHINE "-" FX_FEDORA ".conf"
#define FX_BLS_OURS RI_PATH_BLS_DIR "/~ramimg-" FX_UUID ".conf"

/** GRUB's environment block with these lines. */
static inline void fx_grubenv(struct ri_facts *f, const char *lines)
{
	RI_BUF b = { 0 };

	ri_buf_addf(&b, "# GRUB Environment Block\n%s", lines);
	while (b.n < 1024)
		ri_buf_add(&b, "#", 1);
	fx_text(&f->grubenv, RI_PATH_GRUBENV2, b.p);
}

/** A text more among the menu's entry files. */
static inline void fx_entry(struct ri_facts *f, const char *path, const char *text)
{
	f->entries = realloc(f->entries, (f->entries_n + 1) * sizeof *f->entries);
	memset(&f->entries[f->entries_n], 0, sizeof *f->entries);
	fx_text(&f->entries[f->entries_n++], path, text);
}

/** Make of it a guest whose menu is made of entry files, with SELinux as its configuration has it. */
static inline void fx_fedora(struct ri_facts *f)
{
	struct ri_err e;
	char **os[] = { &f->os.id, &f->os.name, &f->os.pretty_name, &f->os.version_id,
		&f->initramfs };
	const char *const values[] = { "fedora", "Fedora Linux", "Fedora Linux 40 (Server)", "40",
		"dracut" };

	for (size_t i = 0; i < sizeof os / sizeof *os; i++) {
		free(*os[i]);
		*os[i] = strdup(values[i]);
	}
	for (size_t i = 0; i < 2; i++)
		free((void *)(uintptr_t)f->boot_files[i].name);
	f->boot_files[0] = (struct ri_boot_file){ strdup("vmlinuz-" FX_FEDORA), 8000000 };
	f->boot_files[1] = (struct ri_boot_file){ strdup("initramfs-" FX_FEDORA ".img"), 30000000 };
	ri_strv_free(&f->modules);
	if (ri_strv_add(&f->modules, FX_FEDORA, &e) < 0)
		abort();
	f->grub2 = f->bls = true;
	f->now[RI_TEXT_CUSTOM].present = false;
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG2, FX_BLS_CFG);
	fx_grubenv(f, "saved_entry=" FX_MACHINE "-" FX_FEDORA "\nboot_success=1\n");
	fx_entry(f, RI_PATH_BLS_DIR "/" FX_MACHINE "-0-rescue.conf",
	    FX_BLS_ENTRY("0-rescue-" FX_MACHINE));
	fx_entry(f, FX_BLS_STOCK, FX_BLS_ENTRY(FX_FEDORA));
	fx_text(&f->selinux, RI_PATH_SELINUX, "SELINUX=disabled\n");
}
