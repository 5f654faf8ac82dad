// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which disk of a configuration was detached, and how.
 */
#include "pveconf/vmconf_detached.h"
#include "pveconf/vmconf_boot.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"

static bool is_disk(const struct ri_drive *d)
{
	return strncmp(d->key, "scsi", 4) == 0 || strncmp(d->key, "virtio", 6) == 0;
}

static bool has_opt(const struct ri_drive *d, const char *opt)
{
	return ri_strv_has(&d->opts, opt);
}

static bool in_order(const struct ri_vmconf *c, const char *key)
{
	const char *boot = ri_vmsection_get(&c->v[0], "boot"), *at;
	size_t n = strlen(key);

	for (at = boot; at && (at = strstr(at, key)); at++)
		if (at > boot && strchr("=;", at[-1]) && (at[n] == ';' || at[n] == '\0'))
			return true;
	return false;
}

static void take(struct ri_detached *out, enum ri_detach_way way, const char *key,
    const char *source)
{
	out->way = way;
	snprintf(out->key, sizeof out->key, "%s", key);
	snprintf(out->source, sizeof out->source, "%s", source);
}

/* @best: the boot order names it, so that a later one does not count any more. */
static int look_in(const struct ri_vmconf *c, const struct ri_vmsection *s, bool *best,
    struct ri_detached *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	bool found = false;

	if (ri_drives_of(s, &d, e) < 0)
		return -1;
	for (size_t i = 0; i < d.n && !*best; i++) {
		const struct ri_drive *x = &d.v[i];
		bool pending =
		    s->kind == RI_VMSEC_PENDING && !x->cdrom && !ri_vmsection_get(&c->v[0], x->key);
		bool off = s->kind == RI_VMSEC_MAIN && has_opt(x, "disabled=1");

		if (!is_disk(x) || !(pending || off) || (found && !in_order(c, x->key)))
			continue;
		take(out, off ? RI_DETACH_BY_HAND : RI_DETACH_PENDING, x->key, x->key);
		found = true;
		*best = in_order(c, x->key);
	}
	return found;
}

static const char *unused_of(const struct ri_vmconf *c, struct ri_span volid)
{
	for (size_t i = 0; i < c->v[0].n; i++)
		if (strncmp(c->v[0].v[i].key, "unused", 6) == 0 &&
		    ri_span_eq(ri_str(c->v[0].v[i].value), volid))
			return c->v[0].v[i].key;
	return NULL;
}

/*
 * What the description says. A line whose volume is no longer unused, or whose drive exists, is
 * outdated.
 */
static bool look_marked(const struct ri_vmconf *c, struct ri_detached *out)
{
	const char *text = c->v[0].description;
	struct ri_span rest = ri_str(text ? text : ""), line;

	while (ri_span_line(&rest, &line)) {
		struct ri_span said = ri_span_chomp(line);
		const char *source, *is;
		char key[16] = "";

		if (!ri_span_starts(said, RI_DETACH_MARK))
			continue;
		said = ri_span_skip(said, strlen(RI_DETACH_MARK));
		is = memchr(said.p, '=', said.n);
		if (!is || (size_t)(is - said.p) >= sizeof key)
			continue;
		memcpy(key, said.p, (size_t)(is - said.p));
		source = unused_of(c, ri_span_skip(said, (size_t)(is - said.p) + 1));
		if (!source || strlen(source) >= sizeof out->source || !ri_drive_key(key) ||
		    ri_vmsection_get(&c->v[0], key))
			continue;
		take(out, RI_DETACH_UNUSED, key, source);
		return true;
	}
	return false;
}

/*
 * Without it, only one unused volume, and a drive of the boot order that is nowhere: they belong
 * together.
 */
static bool look_unused(const struct ri_vmconf *c, struct ri_detached *out)
{
	const char *boot = ri_vmsection_get(&c->v[0], "boot");
	const char *source = NULL;
	size_t unused = 0;

	for (size_t i = 0; i < c->v[0].n; i++)
		if (strncmp(c->v[0].v[i].key, "unused", 6) == 0) {
			source = c->v[0].v[i].key;
			unused++;
		}
	if (unused != 1 || strlen(source) >= sizeof out->source || !boot ||
	    strncmp(boot, "order=", 6) != 0)
		return false;
	for (const char *k = boot + 6; *k;) {
		size_t n = strcspn(k, ";");
		char key[16] = "";

		if (n < sizeof key)
			memcpy(key, k, n);
		if ((strncmp(key, "scsi", 4) == 0 || strncmp(key, "virtio", 6) == 0) &&
		    ri_drive_key(key) && !ri_vmsection_get(&c->v[0], key)) {
			take(out, RI_DETACH_UNUSED, key, source);
			return true;
		}
		k += n + (k[n] == ';');
	}
	return false;
}

int ri_vmconf_edit_detached(const struct ri_vmconf *c, struct ri_detached *out, struct ri_err *e)
{
	bool found = false, best = false;

	for (size_t i = 0; i < c->n && !best; i++) {
		int rc = 0;

		if (c->v[i].kind == RI_VMSEC_PENDING || c->v[i].kind == RI_VMSEC_MAIN)
			rc = look_in(c, &c->v[i], &best, out, e);
		if (rc < 0)
			return -1;
		found = rc || found;
	}
	return found || look_marked(c, out) || look_unused(c, out);
}

static bool names_its_disk(const struct ri_vmconf *c)
{
	const char *boot = ri_vmsection_get(&c->v[0], "boot");

	return ri_vmsection_get(&c->v[0], "bootdisk") || (boot && strncmp(boot, "order=", 6) == 0);
}

static void gone(struct ri_bootdisk *out)
{
	memcpy(out->key, out->was.key, sizeof out->key);
	out->attached = false;
}

int ri_vmconf_edit_bootdisk(const struct ri_vmconf *c, struct ri_bootdisk *out, struct ri_err *e)
{
	RI_FREE char *key = NULL;
	struct ri_err none = { 0 };
	int was;

	*out = (struct ri_bootdisk){ .attached = true };
	was = ri_vmconf_edit_detached(c, &out->was, e);
	if (was < 0)
		return -1;
	/*
	 * A line with disabled=1 is where a detach left it; Proxmox goes on to the next in the
	 * order.
	 */
	if (was && (out->was.way == RI_DETACH_BY_HAND || !names_its_disk(c))) {
		gone(out);
		return 0;
	}
	if (ri_vmconf_bootdisk(c, &key, &none) == 0) {
		snprintf(out->key, sizeof out->key, "%s", key);
		return 0;
	}
	if (none.code != RI_E_NOMEM && was) {
		gone(out);
		return 0;
	}
	*e = none;
	return -1;
}

int ri_vmconf_edit_check_unused(const struct ri_vmconf *c, unsigned vmid, const char *file,
    struct ri_err *e)
{
	static const char advice[] = "detach.config = \"pending\" does without";
	const char *protection = ri_vmsection_get(&c->v[0], "protection");
	const char *name = file + strlen(file);

	while (name > file && !strchr(":/", name[-1]))
		name--;
	if (protection && strcmp(protection, "1") == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it is protected (protection: 1), so that none of its disks becomes unused; %s",
		    advice);
	if (file[0] == '/' || ri_volname_vmid(name) != vmid)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%.200s is not the VM's own volume, and only those become unused; %s", file,
		    advice);
	return 0;
}
