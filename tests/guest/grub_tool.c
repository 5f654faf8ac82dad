// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * grub_tool default|choice [SAVED]: the grub.cfg that a build makes of the one on standard input, in a
 * small Debian guest with its kernel in /boot of the disk's only partition. With "default" the RAM
 * entry is the default. SAVED: what GRUB's environment block has as saved_entry.
 */
#include "unit/facts_fixture.h"

#include "format/grubenv.h"
#include "plan/plan.h"

#include <stdio.h>

static int read_cfg(struct ri_facts *f, struct ri_err *e)
{
	RI_BUF cfg = { 0 };
	char bytes[4096];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
		ri_buf_add(&cfg, bytes, n);
	if (ri_buf_check(&cfg, e) < 0)
		return -1;
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG, cfg.p);
	return 0;
}

static int make(struct ri_job *job, struct ri_facts *f, const char *saved, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	RI_BUF empty = { 0 };

	ri_grubenv_empty(&empty);
	f->grubenv.present = true;
	if (ri_grubenv_set(ri_buf_span(&empty), "saved_entry", saved, &f->grubenv.bytes, e) < 0 ||
	    read_cfg(f, e) < 0 || ri_plan_make(job, f, &plan, e) < 0)
		return -1;
	if (plan.not_inherited.n > 0)
		fprintf(stderr, "%s\n", plan.not_inherited.p);
	printf("%s", plan.text[RI_TEXT_CFG].p);
	return 0;
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_ON_EXIT(ri_facts_free) struct ri_facts facts = { 0 };
	struct ri_err e = { 0 };

	if (argc < 2) {
		fprintf(stderr, "usage: grub_tool default|choice [SAVED] <grub.cfg\n");
		return 2;
	}
	fx_facts(&facts);
	if (ri_job_defaults(&job, &e) < 0)
		return 1;
	job.grub_default = strcmp(argv[1], "default") == 0;
	if (make(&job, &facts, argc > 2 ? argv[2] : NULL, &e) < 0) {
		fprintf(stderr, "grub_tool: %s\n", e.msg);
		return 1;
	}
	return 0;
}
