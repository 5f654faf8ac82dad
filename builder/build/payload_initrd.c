// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/payload_initrd.h"
#include "build/loader_blob.h"
#include "initrd/append.h"
#include "parse/initrd.h"
#include "plan/boot_script.h"
#include "plan/guest_paths.h"

int ri_payload_initrd(const struct ri_payload *p, const struct ri_manifest *m, const char *base,
    const char *name, const char *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents parents = { 0 };
	RI_BUF manifest = { 0 };

	if (ri_manifest_render(m, &manifest, e) < 0)
		return -1;
	struct ri_initrd_member members[5 + RI_MODULES_FILES_MAX] = {
		{ p->base.hook->script, 0644, ri_boot_script(p->base.made_by->name) },
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

	if (m->archive_in && p->base.hook->diskless)
		members[add.n++] = (struct ri_initrd_member){ p->base.hook->diskless, 0644,
			ri_boot_script_diskless(p->base.made_by->name) };
	if (ri_parse_initrd_parents(base, name, members, add.n, &parents, e) < 0)
		return -1;
	return ri_initrd_append(base, out, &add, e);
}
