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
		strdup(FX_UUID), 3u << 30, 1u << 30 };
	f->boot = &f->mounts[0];
	f->bootdev = (struct ri_bootdev){ .disk = 0, .part = 1, .ptable = strdup("msdos") };
	f->root_spec = strdup("UUID=" FX_UUID);
	f->initramfs = strdup("initramfs-tools");
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
