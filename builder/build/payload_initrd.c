// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/payload_initrd.h"
#include "build/loader_blob.h"
#include "initrd/append.h"
#include "parse/initrd.h"
#include "plan/boot_script.h"
#include "plan/guest_paths.h"

/* The path of @hook's neighbour @name, from the directory above its own. */
static int beside(const char *hook, const char *name, struct ri_buf *out, struct ri_err *e)
{
	const char *end = strrchr(hook, '/');

	while (end > hook && end[-1] != '/')
		end--;
	ri_buf_add(out, hook, (size_t)(end - hook));
	ri_buf_add_str(out, name);
	return ri_buf_check(out, e);
}

int ri_payload_initrd(const struct ri_payload *p, const struct ri_manifest *m, const char *base,
    const char *name, const char *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents parents = { 0 };
	RI_BUF manifest = { 0 };
	RI_BUF diskless = { 0 };

	if (ri_manifest_render(m, &manifest, e) < 0)
		return -1;
	struct ri_initrd_member members[5 + RI_MODULES_FILES_MAX] = {
		{ p->base.hook, 0644, ri_boot_script(p->base.made_by->name) },
		{ RI_MEMBER_RAMLOAD, 0755, ri_asset_ramload_span() },
		{ RI_MEMBER_MANIFEST, 0644, ri_buf_span(&manifest) },
	};
	struct ri_initrd_addition add = { members, 3, &parents };

	if (p->pack.hashes.n > 0)
		members[add.n++] = (struct ri_initrd_member){ RI_MEMBER_HASHES, 0644,
			ri_buf_span(&p->pack.hashes) };
	for (size_t i = 0; i < p->modules.n; i++)
		members[add.n++] = (struct ri_initrd_member){ p->modules.v[i].member, 0644,
			ri_buf_span(&p->modules.v[i].bytes) };

	if (m->archive_in && p->base.made_by->diskless_hook) {
		if (beside(p->base.hook, p->base.made_by->diskless_hook, &diskless, e) < 0)
			return -1;
		members[add.n++] = (struct ri_initrd_member){ diskless.p, 0644,
			ri_boot_script_diskless(p->base.made_by->name) };
	}
	if (ri_parse_initrd_parents(base, name, members, add.n, &parents, e) < 0)
		return -1;
	return ri_initrd_append(base, out, &add, e);
}
