// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/unseen.h"
#include "os/seen.h"
#include "plan/guest_paths.h"

enum ri_selinux ri_unseen_selinux(const struct ri_facts *f, const struct ri_plan *p)
{
	return ri_selinux_mode(ri_buf_span(&f->selinux.bytes), p->cmdline,
	    ri_seen_selinux_is_default(&f->os));
}

/*
 * When the policy is loaded, each file that a tmpfs holds by then is given the label that the policy has for a
 * tmpfs, whatever its security.selinux says (docs/safety.md, "SELinux").
 */
static int refuse_enforcing(struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "SELinux is enforcing (" RI_PATH_SELINUX
	    "), and no file of a root in RAM would keep its label: loading the policy gives them all the "
	    "label of a tmpfs; set SELINUX=permissive there, or add enforcing=0 to the kernel's "
	    "arguments in the guest");
}

int ri_unseen_check(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	static const struct {
		unsigned bit;
		const char *what;
	} says[] = {
		{ RI_SEEN_MENU, "it is built as Debian is, whose layout it has" },
		{ RI_SEEN_BLS, "its menu is made of entry files (BLS)" },
		{ RI_SEEN_SELINUX, "its SELinux is permissive" },
	};
	enum ri_selinux selinux = ri_unseen_selinux(f, p);
	unsigned has = f->bls ? RI_SEEN_BLS : RI_SEEN_MENU, missing;
	const char *name = f->os.pretty_name[0] ? f->os.pretty_name : f->os.name;

	if (selinux == RI_SELINUX_ENFORCING)
		return refuse_enforcing(e);
	if (selinux == RI_SELINUX_PERMISSIVE)
		has |= RI_SEEN_SELINUX;
	missing = ri_seen_not(&f->os, has);
	if (!missing)
		return 0;
	ri_buf_add_str(&p->untested, name);
	for (size_t i = 0; i < sizeof says / sizeof *says; i++)
		if (missing & says[i].bit)
			ri_buf_addf(&p->untested, "%s%s",
			    missing & (says[i].bit - 1) ? ", and " : ": ", says[i].what);
	if (ri_buf_check(&p->untested, e) < 0)
		return -1;
	if (job->untested || missing == RI_SEEN_MENU)
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "not tested on %s; go on with --untested, and try it on a copy of the disk first",
	    p->untested.p);
}
