// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/facts.h"

static void text_free(struct ri_text *t)
{
	free(t->path);
	ri_buf_free(&t->bytes);
}

static void mounts_free(struct ri_facts *f)
{
	for (size_t i = 0; i < f->mounts_n; i++) {
		free(f->mounts[i].mountpoint);
		free(f->mounts[i].device);
		free(f->mounts[i].fstype);
		free(f->mounts[i].uuid);
		free(f->mounts[i].subvol.path);
	}
	free(f->mounts);
}

static void boot_files_free(struct ri_facts *f)
{
	for (size_t i = 0; i < f->boot_files_n; i++) {
		char *name;

		memcpy(&name, &f->boot_files[i].name, sizeof name);
		free(name);
	}
	free(f->boot_files);
}

static void stubs_free(struct ri_facts *f)
{
	for (size_t i = 0; i < f->stubs_n; i++) {
		free(f->stubs[i].path);
		free(f->stubs[i].device);
		ri_buf_free(&f->stubs[i].bytes);
	}
	free(f->stubs);
}

void ri_facts_free(struct ri_facts *f)
{
	ri_osrelease_free(&f->os);
	free(f->arch);
	mounts_free(f);
	free(f->bootdev.ptable);
	free(f->bootdev.lvm_hint);
	ri_ondisk_free(&f->disk);
	ri_strv_free(&f->automounts);
	ri_strv_free(&f->snapshots);
	free(f->root_spec);
	free(f->initramfs);
	free(f->initrd_fault);
	free(f->loader);
	free(f->windows);
	ri_buf_free(&f->unclean);
	stubs_free(f);
	for (size_t i = 0; i < RI_STORES; i++)
		free(f->stores[i].dir);
	ri_strv_free(&f->zram.modules);
	boot_files_free(f);
	ri_strv_free(&f->modules);
	for (size_t i = 0; i < RI_TEXTS; i++) {
		text_free(&f->now[i]);
		text_free(&f->orig[i]);
		text_free(&f->ours[i]);
	}
	text_free(&f->fstab_copy);
	text_free(&f->record);
	free(f->packages);
	text_free(&f->grubenv);
	text_free(&f->saved_entry);
	text_free(&f->selinux);
	for (size_t i = 0; i < f->entries_n; i++)
		text_free(&f->entries[i]);
	free(f->entries);
	for (size_t i = 0; i < f->defaults_n; i++)
		text_free(&f->defaults[i]);
	free(f->defaults);
	*f = (struct ri_facts){ 0 };
}
