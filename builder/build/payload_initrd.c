// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/payload_initrd.h"
#include "build/loader_blob.h"
#include "host/sha256.h"
#include "initrd/append.h"
#include "parse/initrd.h"
#include "plan/boot_script.h"
#include "plan/guest_paths.h"

/* Beside the manifest and what is known of the archive. */
#define MEMBERS_MAX (3 + RI_MODULES_FILES_MAX)

/* What the build's initrds get of ramimg and of the guest; @diskless: what the one that brings the archive does. */
static size_t members_of(const struct ri_payload *p, bool diskless, struct ri_initrd_member *out)
{
	const struct ri_initramfs_hook *hook = p->base.hook;
	const char *by = p->base.made_by->name;
	size_t n = 0;

	out[n++] = (struct ri_initrd_member){ hook->script, 0644, ri_boot_script(by) };
	out[n++] = (struct ri_initrd_member){ RI_MEMBER_RAMLOAD, 0755, ri_asset_ramload_span() };
	for (size_t i = 0; i < p->modules.n; i++)
		out[n++] = (struct ri_initrd_member){ p->modules.v[i].member, 0644,
			ri_buf_span(&p->modules.v[i].bytes) };
	if (diskless && hook->diskless)
		out[n++] =
		    (struct ri_initrd_member){ hook->diskless, 0644, ri_boot_script_diskless(by) };
	return n;
}

int ri_payload_configuration(const struct ri_payload *p, const char *base, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_initrd_member members[MEMBERS_MAX];
	/* --diskless changes nothing of what the disk gets. */
	size_t n = members_of(p, true, members);
	char hex[RI_SHA256_HEX + 1];

	if (ri_manifest_render(&p->manifest, out, e) < 0 || ri_sha256_file(base, hex, NULL, e) < 0)
		return -1;
	ri_buf_addf(out, "initrd=%s\n", hex);
	for (size_t i = 0; i < n; i++) {
		ri_sha256_span(members[i].bytes, hex);
		ri_buf_addf(out, "%s=%s\n", members[i].path, hex);
	}
	return ri_buf_check(out, e);
}

int ri_payload_initrd(const struct ri_payload *p, const struct ri_manifest *m, const char *base,
    const char *name, const char *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents parents = { 0 };
	struct ri_initrd_member members[MEMBERS_MAX + 2];
	struct ri_initrd_addition add = { members, members_of(p, m->archive_in != NULL, members),
		&parents };
	RI_BUF manifest = { 0 };

	if (ri_manifest_render(m, &manifest, e) < 0)
		return -1;
	members[add.n++] =
	    (struct ri_initrd_member){ RI_MEMBER_MANIFEST, 0644, ri_buf_span(&manifest) };
	if (p->pack.hashes.n > 0)
		members[add.n++] = (struct ri_initrd_member){ RI_MEMBER_HASHES, 0644,
			ri_buf_span(&p->pack.hashes) };
	if (ri_parse_initrd_parents(base, name, members, add.n, &parents, e) < 0)
		return -1;
	return ri_initrd_append(base, out, &add, e);
}
