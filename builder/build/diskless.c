// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/diskless.h"
#include "build/payload_initrd.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "initrd/bring.h"
#include "plan/guest_paths.h"

/*
 * The build's manifest, of which everything is borrowed, for a root that no disk has. Who starts the machine, and by which
 * firmware, nobody knows: the memory is that of the larger one.
 */
static void of_no_disk(const struct ri_job *job, const struct ri_manifest *m,
    struct ri_manifest *out)
{
	static char path[] = "/" RI_MEMBER_ARCHIVE, nowhere[] = "none",
		    in_initrd[] = RI_ARCHIVE_IN_INITRD, poweroff[] = RI_ON_FAILURE_POWEROFF,
		    reboot[] = RI_ON_FAILURE_REBOOT;

	*out = *m;
	out->archive = path;
	out->archive_fs = nowhere;
	out->archive_on_root = true;
	out->archive_in = in_initrd;
	out->release = false;
	out->release_fs = (struct ri_strv){ 0 };
	out->grubenv = NULL;
	out->uefi = true;
	out->on_failure =
	    strcmp(ri_on_failure_words[job->on_failure], poweroff) == 0 ? poweroff : reboot;
	/* It is mounted where it is. */
	if (m->form)
		out->tmpfs_bytes = RI_RAM_MOUNTING;
}

static int make_initrd(const struct ri_manifest *m, const char *base, const char *name,
    struct ri_payload *p, struct ri_err *e)
{
	struct ri_diskless *d = &p->diskless;

	if (ri_payload_initrd(p, m, base, name, d->initrd, e) < 0 ||
	    ri_initrd_bring(d->initrd, RI_MEMBER_ARCHIVE, p->archive, e) < 0)
		return -1;
	return ri_sha256_file(d->initrd, d->sha256, &d->bytes, e);
}

int ri_diskless_make(const struct ri_job *job, const struct ri_plan *plan, const struct ri_dir *dir,
    const char *base, const char *name, struct ri_payload *p, struct ri_err *e)
{
	struct ri_manifest m;
	RI_BUF line = { 0 };

	p->diskless.initrd = ri_file_join(dir->path, RI_DISKLESS_INITRD);
	if (!p->diskless.initrd)
		return ri_nomem(e);
	of_no_disk(job, &p->manifest, &m);
	if (make_initrd(&m, base, name, p, e) < 0)
		return ri_ctx(e, "making the initrd of --diskless");
	ri_ram_need_of(&m, &p->diskless.need);
	ri_buf_add_span(&line, ri_buf_span(&plan->diskless_line));
	ri_buf_add_str(&line, "\n");
	if (ri_buf_check(&line, e) < 0)
		return -1;
	p->diskless.cmdline_bytes = line.n;
	ri_sha256_span(ri_buf_span(&line), p->diskless.cmdline_sha256);
	return ri_dir_put(dir, RI_DISKLESS_CMDLINE, ri_buf_span(&line), 0600, e);
}
