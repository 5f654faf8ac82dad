// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/zram.h"
#include "format/size.h"
#include "plan/guest_paths.h"

#include <inttypes.h>

/*
 * Before any other swap. nofail: a VM whose zram does not come up works without it. The device is the first, which the
 * module makes by itself.
 */
#define FSTAB_LINE "/dev/zram0 none swap pri=100,nofail,x-systemd.makefs 0 0\n"
#define RULE                                                                                       \
	"ACTION==\"add\", SUBSYSTEM==\"block\", KERNEL==\"zram0\", ATTR{initstate}==\"0\", "       \
	"ATTR{disksize}=\"%" PRIu64 "\"\n"
#define WRITTEN "# Written by ramimg, for a root in RAM only.\n"

/* Whether the kernel that is booted has the module: 1 or 0; -1 without memory. */
static int has_module(const struct ri_strv *modules, const char *version)
{
	RI_BUF dir = { 0 };

	ri_buf_addf(&dir, "/lib/modules/%s/", version);
	if (dir.oom)
		return -1;
	for (size_t i = 0; i < modules->n; i++)
		if (strncmp(modules->v[i], dir.p, dir.n) == 0)
			return 1;
	return 0;
}

static int check(const struct ri_facts *f, const char *version, struct ri_err *e)
{
	int has = has_module(&f->zram.modules, version);

	if (has < 0)
		return ri_nomem(e);
	if (!f->zram.systemd)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "root.zram needs a guest with systemd's systemd-makefs, /etc/modules-load.d and "
		    "/etc/udev/rules.d; set it to \"off\"");
	if (f->zram.own)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the guest sets up zram itself (%s), which goes on in RAM; set root.zram to \"off\"",
		    f->zram.own);
	if (!has)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "kernel %s has no module zram in its /lib/modules; set root.zram to \"off\"",
		    version);
	return 0;
}

static struct ri_buf *add(struct ri_plan *p, const char *path)
{
	struct ri_added *a = &p->added[p->added_n++];

	*a = (struct ri_added){ .path = path };
	ri_buf_add_str(&a->bytes, WRITTEN);
	return &a->bytes;
}

int ri_zram_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	struct ri_buf *rule, *load;
	uint64_t bytes;

	if (job->form != RI_COMPRESSED || strcmp(job->zram, RI_ZRAM_OFF) == 0)
		return 0;
	if (check(f, p->kernels.v[0].version, e) < 0 || ri_size_parse(job->zram, &bytes, e) < 0)
		return -1;
	load = add(p, RI_PATH_ZRAM_LOAD);
	rule = add(p, RI_PATH_ZRAM_RULE);
	ri_buf_add_str(load, "zram\n");
	ri_buf_addf(rule, RULE, bytes);
	if (p->fstab_archive.n > 0 && p->fstab_archive.p[p->fstab_archive.n - 1] != '\n')
		ri_buf_add_str(&p->fstab_archive, "\n");
	ri_buf_add_str(&p->fstab_archive, FSTAB_LINE);
	if (ri_buf_check(load, e) < 0 || ri_buf_check(rule, e) < 0)
		return -1;
	return ri_buf_check(&p->fstab_archive, e);
}
