// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/tmpfs_need.h"

#define PAGE 4096u
#define INODE 1024u
#define DENTRY 192u
#define NAME_INLINE 31u
#define NAME_HEAD 16u /* struct external_name */
#define SYMLINK_INLINE 128u
#define XA_NODE 576u
#define XA_SLOTS 64u
#define SIMPLE_XATTR 32u

static uint64_t pages(uint64_t bytes)
{
	return bytes / PAGE + (bytes % PAGE != 0);
}

/* What kmalloc takes for @n bytes. */
static uint64_t kmalloc_size(uint64_t n)
{
	static const unsigned odd[] = { 8, 16, 32, 64, 96, 128, 192, 256 };
	uint64_t size = 512;

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (n <= odd[i])
			return odd[i];
	while (size < n && size < 2 * PAGE)
		size *= 2;
	return n <= size ? size : pages(n) * PAGE;
}

static void add_name(struct ri_tmpfs_need *t, const char *name)
{
	size_t n = strlen(name);

	if (n > NAME_INLINE)
		t->kernel_bytes += kmalloc_size(NAME_HEAD + n + 1);
}

void ri_tmpfs_need_inode(struct ri_tmpfs_need *t, const char *name)
{
	t->inodes++;
	t->kernel_bytes += INODE;
	add_name(t, name);
}

void ri_tmpfs_need_link(struct ri_tmpfs_need *t, const char *name)
{
	t->kernel_bytes += DENTRY;
	add_name(t, name);
}

void ri_tmpfs_need_data(struct ri_tmpfs_need *t, uint64_t bytes, uint64_t size)
{
	uint64_t nodes = pages(bytes), levels = pages(size);

	t->data_bytes += pages(bytes) * PAGE;
	while (levels > 1) {
		nodes = nodes / XA_SLOTS + (nodes % XA_SLOTS != 0);
		levels = levels / XA_SLOTS + (levels % XA_SLOTS != 0);
		t->kernel_bytes += nodes * XA_NODE;
	}
}

void ri_tmpfs_need_symlink(struct ri_tmpfs_need *t, size_t target_len)
{
	if (target_len + 1 > SYMLINK_INLINE)
		t->data_bytes += PAGE;
	else
		t->kernel_bytes += kmalloc_size(target_len + 1);
}

void ri_tmpfs_need_xattr(struct ri_tmpfs_need *t, size_t name_len, size_t value_len)
{
	t->kernel_bytes += kmalloc_size(SIMPLE_XATTR + value_len) + kmalloc_size(name_len + 1);
}
