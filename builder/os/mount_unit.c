// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/mount_unit.h"
#include "os/fstab_place.h"

/* "Key=value" of the section [Mount]; blanks around either do not count. */
static bool setting(struct ri_span line, const char *key, struct ri_span *value)
{
	const char *equals = memchr(line.p, '=', line.n);
	size_t n = equals ? (size_t)(equals - line.p) : 0;

	if (!equals || !ri_span_eq(ri_span_trim(ri_span(line.p, n)), ri_str(key)))
		return false;
	*value = ri_span_trim(ri_span_skip(line, n + 1));
	return true;
}

void ri_mount_unit_read(struct ri_span text, struct ri_fstab_entry *out)
{
	struct ri_span line;
	bool mount = false;

	*out = (struct ri_fstab_entry){ .spec = ri_str(""),
		.file = ri_str(""),
		.type = ri_str(""),
		.opts = ri_str(""),
		.text = text };
	while (ri_span_line(&text, &line)) {
		line = ri_span_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
			continue;
		if (line.p[0] == '[')
			mount = ri_span_eq(line, ri_str("[Mount]"));
		else if (mount && !setting(line, "What", &out->spec) &&
			 !setting(line, "Where", &out->file) && !setting(line, "Type", &out->type))
			setting(line, "Options", &out->opts);
	}
}

void ri_mount_unit_point(struct ri_span name, struct ri_buf *out)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i] == '-' ? '/' : name.p[i];

		if (i == 0)
			ri_buf_add(out, "/", 1);
		if (ri_fstab_hex(name, i, &c))
			i += 3;
		ri_buf_add(out, &c, 1);
	}
}

int ri_mount_unit_check(const char *path, const struct ri_fstab_entry *u,
    const struct ri_ondisk *disk, struct ri_err *e)
{
	const struct ri_ondisk_fs *fs;
	enum ri_place place;
	RI_BUF why = { 0 };
	RI_BUF spec = { 0 };

	if (ri_fstab_place(u, disk, &place, &fs, &why, e) < 0)
		return -1;
	if (place == RI_PLACE_ELSEWHERE || place == RI_PLACE_NO_DISK)
		return 0;
	ri_fstab_unescape(u->spec, &spec);
	if (ri_buf_check(&spec, e) < 0)
		return -1;
	if (place == RI_PLACE_HERE)
		return ri_fail(e, RI_E_GUEST, 0,
		    "%s mounts %s, which is %s of this disk; only what /etc/fstab mounts is packed: write "
		    "the mount into it, and disable the unit (systemctl disable)",
		    path, spec.p, fs->device);
	return ri_fail(e, RI_E_GUEST, 0,
	    "%s mounts %s: %s; write UUID=… for it, as blkid tells it in the guest", path, spec.p,
	    why.p);
}
