// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/esp.h"
#include "grub/grubstub.h"

#include <strings.h>

/* The directory of grub.cfg, as GRUB sees it on the file system that has it. */
static const char *grub_dir(const struct ri_facts *f)
{
	const char *dir = f->grub2 ? "/boot/grub2" : "/boot/grub";

	return strcmp(f->boot->mountpoint, "/") == 0 ? dir : dir + strlen("/boot");
}

/* On btrfs the paths of a subvolume may begin with its name. */
static bool leads_here(const struct ri_facts *f, const struct ri_grub_stub *s)
{
	const char *dir = grub_dir(f);
	size_t n = strlen(s->dir), m = strlen(dir);

	if (strcasecmp(s->fs_uuid, f->boot->uuid) != 0)
		return false;
	return strcmp(s->dir, dir) == 0 ||
	       (strcmp(f->boot->fstype, "btrfs") == 0 && n > m && strcmp(s->dir + n - m, dir) == 0);
}

static void add(struct ri_buf *to, const struct ri_esp_stub *at, const char *what)
{
	ri_buf_addf(to, "%s%s on %s %s", to->n > 0 ? "; " : "", at->path, at->device, what);
}

static int look(const struct ri_facts *f, const struct ri_esp_stub *at, struct ri_buf *elsewhere,
    struct ri_buf *unclear, bool *here, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub s = { 0 };
	RI_BUF where = { 0 };
	int rc = ri_grub_stub_parse(ri_buf_span(&at->bytes), &s, e);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		add(unclear, at, "is not understood");
		return ri_buf_check(unclear, e);
	}
	if (leads_here(f, &s)) {
		*here = true;
		return 0;
	}
	ri_buf_addf(&where, "leads to %s/grub.cfg on file system %s", s.dir, s.fs_uuid);
	if (ri_buf_check(&where, e) < 0)
		return -1;
	add(elsewhere, at, where.p);
	return ri_buf_check(elsewhere, e);
}

int ri_plan_check_esp(const struct ri_facts *f, struct ri_buf *note, struct ri_err *e)
{
	RI_BUF elsewhere = { 0 };
	RI_BUF unclear = { 0 };
	bool here = false;

	for (size_t i = 0; i < f->stubs_n; i++)
		if (look(f, &f->stubs[i], &elsewhere, &unclear, &here, e) < 0)
			return -1;
	if (elsewhere.n > 0 && unclear.n == 0 && !here)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s on %s: the firmware's GRUB reads the menu of another system: %s, and this system's is "
		    "%s/grub.cfg on %s; run grub-install and update-grub in the guest",
		    f->os.pretty_name[0] ? f->os.pretty_name : f->os.name, ri_facts_root(f)->device,
		    elsewhere.p, grub_dir(f), f->boot->uuid);
	if (unclear.n > 0 && !here)
		ri_buf_addf(note, "%s", unclear.p);
	if (elsewhere.n > 0)
		ri_buf_addf(note, "%s%s", note->n > 0 ? "; " : "", elsewhere.p);
	if (f->loader[0] && strstr(f->loader, " on /dev/"))
		ri_buf_addf(note, "%s%s is there too", note->n > 0 ? "; " : "", f->loader);
	return ri_buf_check(note, e);
}
