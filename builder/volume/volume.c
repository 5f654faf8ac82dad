// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/volume.h"
#include "host/hostfile.h"
#include "volume/backing.h"
#include "volume/chain.h"
#include "volume/device_id.h"
#include "volume/exclusive.h"
#include "volume/qemu_img.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

const char *const ri_volume_formats[] = { "raw", "qcow2", "vmdk", NULL };

static const struct {
	const char *suffix, *format;
} suffixes[] = {
	{ ".raw", "raw" },
	{ ".img", "raw" },
	{ ".qcow2", "qcow2" },
	{ ".vmdk", "vmdk" },
};

/* What a format's files begin with (QEMU docs/interop/qcow2.txt; VMware's virtual disk format). */
static const struct {
	const char *format, *magic;
} magics[] = {
	{ "qcow2", "QFI\xfb" },
	{ "vmdk", "KDMV" },
	{ "vmdk", "# Disk DescriptorFile" },
};

static size_t suffix_at(const char *name, const char **format)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		size_t s = strlen(suffixes[i].suffix);

		if (n > s && strcmp(name + n - s, suffixes[i].suffix) == 0) {
			*format = suffixes[i].format;
			return n - s;
		}
	}
	*format = NULL;
	return n;
}

const char *ri_volume_format_of(const char *path)
{
	const char *format;

	suffix_at(ri_file_base(path), &format);
	return format;
}

static enum ri_code code_of(int sys)
{
	return sys == ENOENT || sys == ENOTDIR ? RI_E_MISSING : RI_E_IO;
}

static int known_format(const char *format, struct ri_err *e)
{
	for (size_t i = 0; ri_volume_formats[i]; i++)
		if (strcmp(format, ri_volume_formats[i]) == 0)
			return 0;
	return ri_fail(e, RI_E_USAGE, 0, "the format '%s' is not one of raw, qcow2, vmdk", format);
}

static int name_it(const char *target, const char *format, struct ri_volume *v, struct ri_err *e)
{
	const char *base = ri_file_base(target), *by_name;
	size_t stem = suffix_at(base, &by_name);

	if (!format)
		format = v->block ? "raw" : by_name;
	if (!format)
		return ri_fail(e, RI_E_USAGE, 0,
		    "its format cannot be told from the name (.raw .img .qcow2 .vmdk); say --format");
	if (known_format(format, e) < 0)
		return -1;
	v->name = strndup(base, stem);
	v->format = strdup(format);
	v->target = strdup(target);
	v->path = realpath(target, NULL);
	if (!v->name || !v->format || !v->target)
		return ri_nomem(e);
	return v->path ? 0 : ri_fail(e, code_of(errno), errno, "resolving the path");
}

static int check_kind(const struct stat *st, struct ri_err *e)
{
	if (S_ISDIR(st->st_mode))
		return ri_fail(e, RI_E_USAGE, 0,
		    "is a directory; name a disk image or a block device");
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return ri_fail(e, RI_E_USAGE, 0, "is neither a file nor a block device");
	if (S_ISREG(st->st_mode) && st->st_size == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "the file is empty");
	return 0;
}

static int open_it(const char *target, enum ri_volume_use use, struct ri_volume *v,
    struct ri_err *e)
{
	struct stat st;

	/* Checked before it is opened: opening a fifo would wait for a writer. */
	if (stat(target, &st) < 0)
		return ri_fail(e, code_of(errno), errno, "cannot open it");
	if (check_kind(&st, e) < 0)
		return -1;
	v->block = S_ISBLK(st.st_mode);
	if (use == RI_VOLUME_WRITE && !v->block && (st.st_mode & 0222) == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is read-only (mode %04o), as Proxmox keeps base images; build a clone of it, or "
		    "write a new image with --output",
		    st.st_mode & 07777u);
	v->fd = open(target, (use == RI_VOLUME_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (v->fd < 0)
		return ri_fail(e, code_of(errno), errno, "cannot open it%s",
		    use == RI_VOLUME_WRITE ? " for writing" : "");
	return 0;
}

int ri_volume_id(const char *path, char **id, struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_FREE char *resolved = realpath(path, NULL);
	struct stat st;

	if (!resolved || stat(resolved, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	if (!S_ISBLK(st.st_mode))
		ri_buf_addf(&text, "file:%s", resolved);
	else if (ri_device_id("", st.st_rdev, &text, e) < 0)
		return -1;
	*id = ri_buf_steal(&text);
	return *id ? 0 : ri_nomem(e);
}

static int check_backing(const struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	RI_BUF who = { 0 };

	if (use != RI_VOLUME_WRITE)
		return 0;
	if (ri_backing_find(v, &who, e) < 0)
		return -1;
	return who.n == 0 ? 0
			  : ri_fail(e, RI_E_UNSUPPORTED, 0,
				"is the backing file of %s, which would be destroyed by writing to "
				"it; build that image instead, or write a new image with --output",
				who.p);
}

/* A raw disk that begins as another format's file is a file of that format under a wrong name. */
static int check_magic(const struct ri_volume *v, struct ri_err *e)
{
	char head[32] = { 0 };

	if (pread(v->fd, head, sizeof head, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "reading its beginning");
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (strcmp(v->format, "raw") == 0 &&
		    memcmp(head, magics[i].magic, strlen(magics[i].magic)) == 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "is called raw but begins like a %s file; if it is one, say --format %s",
			    magics[i].format, magics[i].format);
	return 0;
}

static int measure(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	struct stat st;

	if (v->block && strcmp(v->format, "raw") == 0) {
		if (ioctl(v->fd, BLKGETSIZE64, &v->size) < 0)
			return ri_fail(e, RI_E_IO, errno, "asking the device for its size");
		return v->size ? 0 : ri_fail(e, RI_E_UNSUPPORTED, 0, "the device is empty");
	}
	/* qemu-img would want a lock that a running VM's QEMU does not give. */
	if (use == RI_VOLUME_LOOK && strcmp(v->format, "raw") == 0) {
		if (fstat(v->fd, &st) < 0)
			return ri_fail(e, RI_E_IO, errno, "asking for its size");
		v->size = (uint64_t)st.st_size;
		return 0;
	}
	return ri_qemu_img_check(v, &v->size, e);
}

int ri_volume_open(const char *target, const char *format, enum ri_volume_use use,
    struct ri_volume *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;

	if (open_it(target, use, &v, e) < 0 || name_it(target, format, &v, e) < 0 ||
	    ri_volume_id(v.path, &v.id, e) < 0 || ri_volume_claim(&v, use, e) < 0 ||
	    check_magic(&v, e) < 0 || ri_chain_open(&v, use, e) < 0 ||
	    check_backing(&v, use, e) < 0 || measure(&v, use, e) < 0)
		return ri_ctx(e, "%s", target);
	*out = v;
	v = (struct ri_volume)RI_VOLUME_INIT;
	return 0;
}

void ri_volume_close(struct ri_volume *v)
{
	ri_chain_close(v);
	ri_cleanup_fd(&v->claim);
	ri_cleanup_fd(&v->fd);
	free(v->path);
	free(v->target);
	free(v->id);
	free(v->name);
	free(v->format);
	*v = (struct ri_volume)RI_VOLUME_INIT;
}
