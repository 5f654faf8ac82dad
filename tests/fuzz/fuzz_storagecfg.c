// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A storage.cfg, and behind "--" a volname that is tried on each of its storages. */
#include "fuzz.h"
#include "pveconf/storage_types.h"
#include "pveconf/storagecfg.h"
#include "pveconf/volid.h"
#include "pveconf/volid_path.h"

static void check_storage(const struct ri_storages *all, const struct ri_storage *s)
{
	FUZZ_CHECK(ri_storage_id_ok(ri_str(s->id)));
	FUZZ_CHECK(ri_storages_find(all, s->id) == s); /* no id twice */
	FUZZ_CHECK(s->type_name && *s->type_name);
	FUZZ_CHECK(!s->nodes_given || strcmp(s->id, "local") != 0);
	if (s->type == RI_STORAGE_NFS || s->type == RI_STORAGE_CIFS)
		FUZZ_CHECK(s->path && s->shared);
	if (s->type == RI_STORAGE_RBD)
		FUZZ_CHECK(s->pool && s->username && s->shared);
	FUZZ_CHECK(!s->fsid);
}

/* What the storage's own settings make of the beginning of any volume's path. */
static void prefix_of(const struct ri_storage *s, struct ri_buf *out)
{
	switch (s->type) {
	case RI_STORAGE_DIR:
	case RI_STORAGE_NFS:
	case RI_STORAGE_CIFS:
	case RI_STORAGE_BTRFS:
		ri_buf_addf(out, "%s/%s/", s->path, s->images_dir);
		break;
	case RI_STORAGE_LVM:
	case RI_STORAGE_LVMTHIN:
		ri_buf_addf(out, "/dev/%s/", s->vgname);
		break;
	case RI_STORAGE_ZFSPOOL:
		ri_buf_addf(out, "/dev/zvol/%s/", s->pool);
		break;
	case RI_STORAGE_RBD:
		ri_buf_addf(out, "/dev/rbd-pve/unknown-%s/%s/", s->id, s->pool);
		if (s->rbd_ns)
			ri_buf_addf(out, "%s/", s->rbd_ns);
		break;
	case RI_STORAGE_ISCSI:
		ri_buf_add_str(out, "/dev/disk/by-id/");
		break;
	case RI_STORAGE_OTHER:
		FUZZ_CHECK(s->type != RI_STORAGE_OTHER); /* nobody knows its paths */
	}
}

/* Whatever a volume is called, its path stays in its storage. */
static void check_inside(const char *rest)
{
	FUZZ_CHECK(*rest && *rest != '/' && *rest != '-');
	for (const char *c = rest; *c;) {
		size_t n = strcspn(c, "/");

		FUZZ_CHECK(n > 0 && c[0] != '-');
		FUZZ_CHECK(!(n == 1 && c[0] == '.') && !(n == 2 && c[0] == '.' && c[1] == '.'));
		c += n + (c[n] == '/');
	}
	for (const char *c = rest; *c; c++)
		FUZZ_CHECK((unsigned char)*c > ' ' && *c != 127);
}

static void try_volname(const struct ri_storage *s, const char *volname)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	struct ri_err e = { 0 };
	RI_BUF path = { 0 };
	RI_BUF prefix = { 0 };

	if (!fuzz_ok(ri_volname_parse(s, volname, &v, &e), &e))
		return;
	FUZZ_CHECK(v.name && v.format);
	/* A LUN is called as its maker likes. */
	FUZZ_CHECK(s->type == RI_STORAGE_ISCSI || !ri_volname_is_snapshot(v.name));
	if (!fuzz_ok(ri_volname_path(s, &v, &path, &e), &e))
		return;
	prefix_of(s, &prefix);
	FUZZ_CHECK(ri_span_starts(ri_buf_span(&path), prefix.p));
	check_inside(path.p + prefix.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages all = { 0 };
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span text = fuzz_part(&rest);
	RI_FREE char *volname = ri_span_dup(ri_span_trim(rest));
	const struct ri_storage *local;
	struct ri_err e = { 0 };

	FUZZ_CHECK(volname && fuzz_ok(ri_storages_parse(text, &all, &e), &e));
	local = ri_storages_find(&all, "local");
	FUZZ_CHECK(local && local->type == RI_STORAGE_DIR);
	FUZZ_CHECK(strcmp(local->path, "/var/lib/vz") == 0);
	for (size_t i = 0; i < all.n; i++) {
		struct ri_err why = { 0 };
		bool plugin = false;

		check_storage(&all, &all.v[i]);
		fuzz_ok(ri_storage_usable(&all.v[i], "pve1", &why), &why);
		if (fuzz_ok(ri_storage_supported(&all.v[i], &plugin, &why), &why))
			FUZZ_CHECK(all.v[i].type != RI_STORAGE_OTHER);
		try_volname(&all.v[i], volname);
	}
	return 0;
}
