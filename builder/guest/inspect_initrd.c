// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/inspect_initrd.h"
#include "os/initramfs.h"
#include "parse/initrd.h"
#include "plan/kernel_choice.h"

#include <errno.h>
#include <sys/mman.h>

static int set(char **field, const char *value, struct ri_err *e)
{
	char *copy = strdup(value);

	if (!copy)
		return ri_nomem(e);
	free(*field);
	*field = copy;
	return 0;
}

/* What is said of the guest's content is a fact; that it could not be read is not. */
static int take_fault(struct ri_facts *f, struct ri_err *e)
{
	struct ri_err found = *e;

	if (e->code != RI_E_GUEST && e->code != RI_E_UNSUPPORTED)
		return -1;
	*e = (struct ri_err){ 0 };
	f->initrd_code = found.code;
	return set(&f->initrd_fault, found.msg, e);
}

static int look(struct ri_guest *g, const char *initrd, struct ri_facts *f, struct ri_err *e)
{
	RI_FD int copy = memfd_create("initrd", MFD_CLOEXEC);
	struct ri_initrd_info info;
	char path[64];

	if (copy < 0)
		return ri_fail(e, RI_E_IO, errno, "memory for the initrd");
	snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
	if (g->ops->download(g, initrd, RI_INITRD_BYTES_MAX, path, e) < 0) {
		if (e->code != RI_E_BUDGET)
			return ri_ctx(e, "reading %s", initrd);
		*e = (struct ri_err){ 0 }; /* the build says that it is too large, and for what */
		return 0;
	}
	if (ri_parse_initrd_check(path, initrd, &info, e) < 0)
		return take_fault(f, e);
	f->initrd = (struct ri_initrd_size){ info.bytes, info.entries, info.unpacked_bytes,
		info.shed_bytes };
	return set(&f->initramfs, info.made_by->name, e);
}

int ri_inspect_initrd(struct ri_guest *g, const struct ri_job *job, struct ri_facts *f,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	RI_FREE char *stock = NULL;

	free(f->initrd_fault);
	f->initrd_fault = NULL;
	f->initrd = (struct ri_initrd_size){ 0 };
	if (ri_kernel_choice(job, f, &k, &stock, e) < 0) {
		if (e->code != RI_E_UNSUPPORTED)
			return -1;
		*e = (struct ri_err){ 0 }; /* the plan says it */
		return 0;
	}
	return look(g, k.v[0].initrd, f, e);
}
