// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/build_iso.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "iso/iso.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* Without a date from outside (SOURCE_DATE_EPOCH): 2000-01-01, so that the same input gives the same bytes. */
#define DATE INT64_C(946684800)

int ri_build_iso_check(const struct ri_opts *o, struct ri_err *e)
{
	const char *suffix = o->iso ? strrchr(ri_file_base(o->iso), '.') : NULL;
	struct stat st;

	if (!o->iso)
		return 0;
	/* No disk has such a name, so none is replaced by mistake. */
	if (!suffix || strcmp(suffix, ".iso") != 0)
		return ri_fail(e, RI_E_USAGE, 0, "--iso %s: its name must end in .iso", o->iso);
	if (lstat(o->iso, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return ri_fail(e, RI_E_USAGE, 0, "--iso %s: exists and is not a file",
			    o->iso);
		if (!o->force)
			return ri_fail(e, RI_E_USAGE, 0,
			    "--iso %s: is already there; remove it, or replace it with --force",
			    o->iso);
	} else if (errno != ENOENT) {
		return ri_fail(e, RI_E_IO, errno, "--iso %s", o->iso);
	}
	return ri_iso_check(e);
}

static int write_it(const struct ri_iso_spec *s, const struct ri_pending *to, struct ri_err *e)
{
	int rc;

	ri_progress("writing the ISO", 0, 0);
	rc = ri_iso_write(s, to, e);
	ri_progress_over("writing the ISO", 0, 0, rc);
	return rc;
}

int ri_build_iso_write(const struct ri_opts *o, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_plan *p, struct ri_payload *pl, struct ri_pending *to, struct ri_err *e)
{
	char kernel[PATH_MAX], initrd[PATH_MAX];
	const struct ri_iso_spec s = {
		.id = pl->manifest.build_id,
		.os_name = f->os.name,
		.cmdline = p->diskless_script.p,
		.kernel = kernel,
		.initrd = initrd,
		.date = job->dated ? job->source_date : DATE,
	};

	if (!o->iso)
		return 0;
	if (ri_iso_fits(pl->diskless.bytes, e) < 0)
		return -1;
	if (!realpath(pl->kernel, kernel) || !realpath(pl->diskless.initrd, initrd))
		return ri_fail(e, RI_E_IO, errno, "--iso: %s", pl->diskless.initrd);
	pl->diskless.iso = ri_file_base(o->iso);
	/* It holds what the archive holds: /etc/shadow, and keys. */
	if (ri_pending_open(o->iso, 0600, to, e) < 0 || write_it(&s, to, e) < 0)
		return ri_ctx(e, "--iso");
	return ri_sha256_file(to->self, pl->diskless.iso_sha256, &pl->diskless.iso_bytes, e);
}
