// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/kernel_choice.h"
#include "format/grubenv.h"
#include "grub/grubstock.h"
#include "plan/bls.h"
#include "plan/undo.h"

/* What the default entry of the guest's own grub.cfg boots: *@out is its version, or NULL. */
static int version_in_cfg(const struct ri_facts *f, char **out, struct ri_err *e)
{
	static const char prefix[] = "vmlinuz-";
	RI_ON_EXIT(ri_undo_free) struct ri_undo undo = { 0 };
	struct ri_grub_stock_ask ask = { 0 };
	struct ri_err why = { 0 };
	RI_BUF name = { 0 };

	/* What cannot be taken back is the plan's to say. */
	if (ri_undo_make(f, &undo, &why) < 0)
		return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	ask.cfg = ri_buf_span(&undo.text[RI_TEXT_CFG].clean);
	if (!ri_grubenv_get(ri_buf_span(&f->grubenv.bytes), "saved_entry", &ask.saved_entry))
		ask.saved_entry = (struct ri_span){ 0 };
	if (ri_grub_stock_kernel(&ask, &name, e) < 0)
		return -1;
	if (name.n == 0 || strncmp(name.p, prefix, strlen(prefix)) != 0 ||
	    !ri_kernel_is_version(name.p + strlen(prefix)))
		return 0;
	*out = strdup(name.p + strlen(prefix));
	return *out ? 0 : ri_nomem(e);
}

/* What the guest's own default entry boots: *@out is its version, or NULL. */
static int stock_version(const struct ri_facts *f, char **out, struct ri_err *e)
{
	RI_FREE char *version = NULL;

	if (!f->bls)
		return version_in_cfg(f, out, e);
	if (ri_bls_default_version(f, &version, e) < 0)
		return -1;
	if (version && ri_kernel_is_version(version))
		*out = ri_steal(version);
	return 0;
}

int ri_kernel_choice(const struct ri_job *job, const struct ri_facts *f, struct ri_kernels *out,
    char **stock, struct ri_err *e)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	RI_FREE char *own = NULL;

	if (ri_kernels_find(f->boot_files, f->boot_files_n, &f->modules, &k, e) < 0 ||
	    stock_version(f, &own, e) < 0)
		return -1;
	if (job->kernel[0] && !ri_kernels_prefer(&k, job->kernel))
		return ri_kernels_refuse(&k, job->kernel, e);
	if (!job->kernel[0] && own)
		(void)ri_kernels_prefer(&k, own); /* else the newest stays first */
	*out = k;
	k = (struct ri_kernels){ 0 };
	*stock = ri_steal(own);
	return 0;
}
