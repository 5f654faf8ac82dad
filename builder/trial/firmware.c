// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/firmware.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "volume/tool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { SECTOR = 512, PROGRAM = 440, COPY_S = 120, VARS_MAX = 1 << 20 };

/* The files of each kind, the newer ones of 4 MiB first, in the directories of PLACES. */
struct pair {
	const char *code, *vars;
	bool small, secure;
};

#define PAIRS(dir)                                                                                 \
	{ dir "OVMF_CODE_4M.fd", dir "OVMF_VARS_4M.fd", false, false },                            \
	    { dir "OVMF_CODE_4M.secboot.fd", dir "OVMF_VARS_4M.ms.fd", false, true },              \
	    { dir "OVMF_CODE.fd", dir "OVMF_VARS.fd", true, false },                               \
	{                                                                                          \
		dir "OVMF_CODE.secboot.fd", dir "OVMF_VARS.ms.fd", true, true                      \
	}

static const struct pair pairs[] = { PAIRS("/usr/share/pve-edk2-firmware/"),
	PAIRS("/usr/share/OVMF/") };

int ri_trial_wants_uefi(const struct ri_volume *v, bool *uefi, struct ri_err *e)
{
	/* The format is said, never probed. */
	const char *argv[] = { "qemu-img", "dd", "-f", v->format, "-O", "raw", "bs=512", "count=1",
		NULL, NULL, NULL };
	struct ri_tool_files files = { 0 };
	RI_FREE char *in = NULL;
	RI_FD int fd = -1;
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = COPY_S, .tool = &tool };
	char sector[SECTOR] = { 0 }, self[32];

	fd = ri_dir_unnamed("/tmp", e);
	if (fd < 0)
		return -1;
	if (asprintf(&in, "if=%s", v->path) < 0) {
		in = NULL;
		return ri_nomem(e);
	}
	argv[8] = in;
	argv[9] = "of=/proc/self/fd/3";
	opts.fd = (struct ri_child_fd){ fd, 3 };
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	ri_tool_files_add(&files, self, RI_LANDLOCK_WRITE);
	ri_tool_files_add_volume(&files, v, RI_LANDLOCK_READ);
	tool = ri_tool_files_keep(&files);
	if (ri_process_check(argv, &opts, NULL, e) < 0)
		return ri_ctx(e, "reading the first sector");
	if (ri_file_read_at(fd, sector, SECTOR, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "reading the first sector");
	*uefi = true;
	for (size_t i = 0; i < PROGRAM; i++)
		*uefi = *uefi && sector[i] == 0;
	return 0;
}

/* efitype=4m is what Proxmox VE has written since 7.0; without it the files are the small ones. */
static bool is_small(const struct ri_trial_efidisk *d)
{
	return d && !strstr(d->options, ",efitype=4m");
}

static const struct pair *find(bool small, bool secure)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].small == small && pairs[i].secure == secure &&
		    access(pairs[i].code, R_OK) == 0 && access(pairs[i].vars, R_OK) == 0)
			return &pairs[i];
	return NULL;
}

static int deliver(const char *from, int fd, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_file_read(from, VARS_MAX, &text, e) < 0)
		return -1;
	return ri_file_write(fd, ri_buf_span(&text), "the firmware's variables", e);
}

/* As large as they are delivered: an efidisk0 has the size that its storage could give. */
static int copy(const struct ri_trial_efidisk *d, const char *to, const char *like, int fd,
    struct ri_err *e)
{
	const char *const argv[] = { "qemu-img", "convert", "-n", "-f", d->format, "-O", "raw",
		d->path, to, NULL };
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = COPY_S, .tool = &tool };
	struct stat st;

	if (stat(like, &st) < 0 || ftruncate(fd, (off_t)64 << 20) < 0)
		return ri_fail(e, RI_E_IO, errno, "the firmware's variables");
	ri_tool_files_add(&files, d->path, RI_LANDLOCK_READ);
	ri_tool_files_add(&files, to, RI_LANDLOCK_WRITE);
	tool = ri_tool_files_keep(&files);
	if (ri_process_check(argv, &opts, NULL, e) < 0)
		return ri_ctx(e, "copying efidisk0");
	return ftruncate(fd, st.st_size) < 0
		   ? ri_fail(e, RI_E_IO, errno, "the firmware's variables")
		   : 0;
}

int ri_trial_firmware(const struct ri_trial_efidisk *disk, const char *vars,
    struct ri_trial_machine *m, struct ri_err *e)
{
	const struct pair *p = find(is_small(disk), m->secure_boot);
	RI_FD int fd = -1;

	if (!p)
		return ri_fail(e, RI_E_IO, 0,
		    "the machine starts by UEFI, and OVMF%s is not installed: apt install ovmf",
		    m->secure_boot ? " with Secure Boot" : "");
	fd = open(vars, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "creating %s", vars);
	if (disk ? copy(disk, vars, p->vars, fd, e) < 0 : deliver(p->vars, fd, e) < 0)
		return -1;
	m->code = p->code;
	m->vars = vars;
	return 0;
}
