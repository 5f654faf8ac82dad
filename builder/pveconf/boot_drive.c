// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/boot_drive.h"
#include "pveconf/boot_marks.h"
#include "pveconf/vmconf_drive.h"

struct look {
	const struct ri_vmconf *c;
	const struct ri_vmsection *pending; /* NULL: none */
	bool running;
	struct ri_drives main, next; /* of those two sections */
	struct ri_boot_marks marks;
	struct ri_boot_drive d;
};

static void clear(struct ri_boot_drive *d)
{
	free(d->file);
	free(d->line);
	free(d->why);
}

void ri_boot_drive_free(struct ri_boot_drive *d)
{
	clear(d);
	*d = (struct ri_boot_drive){ 0 };
}

static void look_end(struct look *l)
{
	ri_drives_free(&l->main);
	ri_drives_free(&l->next);
	ri_boot_marks_free(&l->marks);
	clear(&l->d);
}

static bool starts(const char *key, const char *kind)
{
	return strncmp(key, kind, strlen(kind)) == 0;
}

/* Only such a drive can be detached from a running VM, by ramimg or anybody else. */
static bool comes_out(const char *key)
{
	return starts(key, "scsi") || starts(key, "virtio");
}

/* A hard disk that Proxmox would attach; not a CD drive, nor the drive of cloud-init. */
static bool boots(const struct ri_drive *d)
{
	return d && d->valid && !d->cdrom && !d->cloudinit &&
	       (comes_out(d->key) || starts(d->key, "ide") || starts(d->key, "sata"));
}

static bool is_off(const struct ri_drive *d)
{
	return d && comes_out(d->key) && ri_strv_has(&d->opts, "disabled=1");
}

static const struct ri_drive *drive(const struct ri_drives *d, const char *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].key, key) == 0)
			return &d->v[i];
	return NULL;
}

static const char *value_of(const struct ri_vmsection *s, const char *key)
{
	return s ? ri_vmsection_get(s, key) : NULL;
}

static bool deleted(const struct look *l, const char *key)
{
	return l->pending && ri_strv_has(&l->pending->deletes, key);
}

static int say(struct look *l, enum ri_boot_place place, struct ri_buf *why, struct ri_err *e)
{
	if (ri_buf_check(why, e) < 0)
		return -1;
	clear(&l->d);
	l->d = (struct ri_boot_drive){ .place = place, .by = RI_BOOT_BY_UNKNOWN };
	l->d.why = ri_buf_steal(why);
	return l->d.why ? 0 : ri_nomem(e);
}

/* It is the drive @key of @line, which has that value in the line @source. */
static int take(struct look *l, enum ri_boot_place place, const char *key, const char *source,
    const char *line, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive x = { 0 };

	if (ri_drive_parse(key, line, &x, e) < 0)
		return -1;
	clear(&l->d);
	l->d = (struct ri_boot_drive){ .place = place };
	snprintf(l->d.key, sizeof l->d.key, "%s", key);
	snprintf(l->d.source, sizeof l->d.source, "%s", source);
	l->d.file = strdup(x.file);
	l->d.line = strdup(line);
	return l->d.file && l->d.line ? 0 : ri_nomem(e);
}

static int take_mark(struct look *l, const struct ri_boot_mark *m, struct ri_err *e)
{
	bool unused = starts(m->source, "unused");

	if (take(l, unused ? RI_BOOT_UNUSED : RI_BOOT_PENDING, m->key, m->source, m->line, e) < 0)
		return -1;
	l->d.by = RI_BOOT_BY_DETACH;
	return 0;
}

/* What the next start makes of one that the main section has. */
static int take_attached(struct look *l, const char *key, struct ri_err *e)
{
	const struct ri_drive *now = drive(&l->main, key), *then = drive(&l->next, key);
	const char *value = ri_vmsection_get(&l->c->v[0], key);

	if (then && strcmp(then->file, now->file) != 0 && !l->running) {
		if (take(l, RI_BOOT_PENDING, key, key, value_of(l->pending, key), e) < 0)
			return -1;
		l->d.by = RI_BOOT_BY_OTHERS;
		return 0;
	}
	if (take(l, RI_BOOT_ATTACHED, key, key, value, e) < 0)
		return -1;
	l->d.change = deleted(l, key)                      ? RI_BOOT_DELETE
		      : !then                              ? RI_BOOT_STAYS
		      : strcmp(then->file, now->file) == 0 ? RI_BOOT_OPTIONS
							   : RI_BOOT_VOLUME;
	l->d.by = l->d.change == RI_BOOT_STAYS ? RI_BOOT_BY_CONFIG : RI_BOOT_BY_OTHERS;
	return 0;
}

static int take_off(struct look *l, const char *key, struct ri_err *e)
{
	if (take(l, RI_BOOT_DISABLED, key, key, ri_vmsection_get(&l->c->v[0], key), e) < 0)
		return -1;
	l->d.by = RI_BOOT_BY_DETACH;
	return 0;
}

/* @named: by the boot order in force, which says whose doing it is. */
static int take_pending(struct look *l, const char *key, bool named, struct ri_err *e)
{
	if (take(l, RI_BOOT_PENDING, key, key, value_of(l->pending, key), e) < 0)
		return -1;
	l->d.by = named && comes_out(key) ? RI_BOOT_BY_DETACH : RI_BOOT_BY_UNKNOWN;
	return 0;
}

/* A drive that is not @key and of which the notes say that it was detached; NULL: there is none. */
static const char *other_marked(const struct look *l, const char *key)
{
	for (size_t i = 0; i < l->marks.n; i++)
		if (strcmp(l->marks.v[i].key, key) != 0)
			return l->marks.v[i].key;
	return NULL;
}

/* Or that has disabled=1. */
static const char *other_out(const struct look *l, const char *key)
{
	const char *other = other_marked(l, key);

	for (size_t i = 0; i < l->main.n && !other; i++)
		if (is_off(&l->main.v[i]) && strcmp(l->main.v[i].key, key) != 0)
			other = l->main.v[i].key;
	return other;
}

static int ambiguous(struct look *l, const char *a, const char *what_a, const char *b,
    const char *what_b, struct ri_err *e)
{
	RI_BUF why = { 0 };

	ri_buf_addf(&why, "its boot drive may be %s, %s, or %s, %s", a, what_a, b, what_b);
	return say(l, RI_BOOT_AMBIGUOUS, &why, e);
}

/* What ramimg took out, where nothing else says which it is. @return 1; 0: nothing; -1. */
static int by_detach(struct look *l, struct ri_err *e)
{
	const char *first = other_out(l, ""), *second = first ? other_out(l, first) : NULL;

	if (!first)
		return 0;
	if (second)
		return ambiguous(l, first, "which was detached", second, "which was too", e) < 0
			   ? -1
			   : 1;
	if (ri_boot_marks_of(&l->marks, first))
		return take_mark(l, ri_boot_marks_of(&l->marks, first), e) < 0 ? -1 : 1;
	return take_off(l, first, e) < 0 ? -1 : 1;
}

/* A name that only a snapshot has a drive for. */
static int in_snapshot(struct look *l, const char *words, const char *key, struct ri_err *e)
{
	for (size_t i = 0; i < l->c->n; i++) {
		const struct ri_vmsection *s = &l->c->v[i];
		const char *value = s->kind == RI_VMSEC_SNAPSHOT ? ri_vmsection_get(s, key) : NULL;
		RI_ON_EXIT(ri_drive_free) struct ri_drive x = { 0 };
		struct ri_err none = { 0 };
		RI_BUF why = { 0 };

		if (!value)
			continue;
		if (ri_drive_parse(key, value, &x, &none) < 0) {
			if (none.code == RI_E_NOMEM)
				return ri_nomem(e);
			continue;
		}
		ri_buf_addf(&why, "its %s names %s, which only its snapshot '%s' has", words, key,
		    s->name);
		if (take(l, RI_BOOT_SNAPSHOT, key, key, value, e) < 0 || ri_buf_check(&why, e) < 0)
			return -1;
		l->d.by = RI_BOOT_BY_UNKNOWN;
		l->d.why = ri_buf_steal(&why);
		return l->d.why ? 1 : ri_nomem(e);
	}
	return 0;
}

/*
 * The order names a drive that neither section has: with only one unused volume they belong together.
 */
static int absent(struct look *l, const char *words, const char *key, struct ri_err *e)
{
	const struct ri_drive *unused = NULL, *another = NULL;
	RI_BUF why = { 0 };
	int rc = by_detach(l, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; i < l->main.n; i++)
		if (starts(l->main.v[i].key, "unused")) {
			another = unused;
			unused = &l->main.v[i];
			if (another)
				break;
		}
	if (another) {
		ri_buf_addf(&why,
		    "its %s names %s, which it does not have, and it may be any of its unused "
		    "volumes",
		    words, key);
		return say(l, RI_BOOT_AMBIGUOUS, &why, e);
	}
	if (unused) {
		if (take(l, RI_BOOT_UNUSED, key, unused->key,
			ri_vmsection_get(&l->c->v[0], unused->key), e) < 0)
			return -1;
		l->d.by = RI_BOOT_BY_UNKNOWN;
		return 0;
	}
	rc = in_snapshot(l, words, key, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	ri_buf_addf(&why,
	    "its %s names %s, which the configuration does not have (or Proxmox drops)", words,
	    key);
	return say(l, RI_BOOT_NOWHERE, &why, e);
}

/*
 * The drive that an order names. @return 1 when that was it; 0: not a hard disk, or one that is gone for good,
 * and the next counts; -1.
 */
static int named(struct look *l, const char *words, const char *key, struct ri_err *e)
{
	const struct ri_drive *now = drive(&l->main, key), *then = drive(&l->next, key);
	int rc;

	if (!ri_drive_key(key) || starts(key, "efidisk") || starts(key, "tpmstate"))
		return 0;
	if (is_off(now))
		rc = take_off(l, key, e);
	else if (boots(now))
		rc = take_attached(l, key, e);
	else if (now && now->valid)
		return 0;
	else if (ri_boot_marks_of(&l->marks, key))
		rc = take_mark(l, ri_boot_marks_of(&l->marks, key), e);
	else if (boots(then) && (!l->running || comes_out(key)))
		rc = take_pending(l, key, true, e);
	else if (now || (then && then->valid) || !comes_out(key))
		return 0;
	else
		return absent(l, words, key, e) < 0 ? -1 : 1;
	/*
	 * What was detached may be the one all the same: others have changed the order since. A line with
	 * disabled=1 is none of that, as its drive would still be the first of the order.
	 */
	if (rc == 0 && l->d.by != RI_BOOT_BY_DETACH && other_marked(l, key))
		rc = ambiguous(l, key, "which its boot order names", other_marked(l, key),
		    "which was detached, as a line of its notes says", e);
	return rc < 0 ? -1 : 1;
}

static int no_disk(struct look *l, struct ri_buf *why, struct ri_err *e)
{
	int rc = ri_buf_check(why, e) < 0 ? -1 : by_detach(l, e);

	return rc != 0 ? (rc < 0 ? -1 : 0) : say(l, RI_BOOT_NONE, why, e);
}

/* "scsi0;ide2;net0": the first of them that is a hard disk (get_bootdisks, bootdisk_size). */
static int by_order(struct look *l, const char *order, struct ri_err *e)
{
	RI_BUF why = { 0 };

	for (const char *c = order; *c;) {
		size_t n = strcspn(c, "; ,");
		char key[16] = "";
		int rc;

		if (n < sizeof key)
			memcpy(key, c, n);
		rc = named(l, "boot order", key, e);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		c += n;
		c += strspn(c, "; ,");
	}
	ri_buf_addf(&why, "its boot order (%.100s) has no hard disk", order);
	return no_disk(l, &why, e);
}

/* Their place in valid_drive_names, by which Proxmox chooses where nothing is named. */
static size_t rank(const struct ri_drive *d)
{
	static const char *const kinds[] = { "ide", "scsi", "virtio", "sata" };
	size_t i = 0;

	while (i < 3 && !starts(d->key, kinds[i]))
		i++;
	return i * 100 + strtoul(d->key + strlen(kinds[i]), NULL, 10);
}

/* The first that counts, and, in *@n, how many do. Of @next only what the main section has not. */
static const struct ri_drive *first_of(const struct look *l, const struct ri_drives *d, bool next,
    size_t *n)
{
	const struct ri_drive *first = NULL;

	*n = 0;
	for (size_t i = 0; i < d->n; i++) {
		const struct ri_drive *x = &d->v[i];

		if (!boots(x) || (next && drive(&l->main, x->key)) ||
		    (next && l->running && !comes_out(x->key)))
			continue;
		first = first ? first : x;
		++*n;
	}
	return first;
}

/*
 * Nothing names a drive: the first boots. One that is only pending in a running VM may have been taken out
 * of it, or be a new one; that it comes behind the first one in the order of drives shows that it is new.
 */
static int by_rank(struct look *l, struct ri_err *e)
{
	size_t n_main, n_next;
	const struct ri_drive *now = first_of(l, &l->main, false, &n_main);
	const struct ri_drive *then = first_of(l, &l->next, true, &n_next);
	int rc = by_detach(l, e);
	RI_BUF why = { 0 };

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (now && (!then || rank(now) < rank(then)))
		return take_attached(l, now->key, e);
	if (then && (!l->running || (!now && n_next == 1)))
		return take_pending(l, then->key, false, e);
	if (now)
		return ambiguous(l, now->key, "which is attached", then->key, "which is pending",
		    e);
	if (then) {
		ri_buf_addf(&why, "its boot drive may be any of the %zu that are pending", n_next);
		return say(l, RI_BOOT_AMBIGUOUS, &why, e);
	}
	ri_buf_add_str(&why, "it has no hard disk");
	return say(l, RI_BOOT_NONE, &why, e);
}

/* Before Proxmox VE 6.3 letters, c for the disk that `bootdisk` names; without it the first disk. */
static int by_letters(struct look *l, const char *letters, const char *bootdisk, struct ri_err *e)
{
	RI_BUF why = { 0 };

	if (letters && !strchr(letters, 'c')) {
		ri_buf_addf(&why, "its boot order (%.40s) has no hard disk", letters);
		return no_disk(l, &why, e);
	}
	if (!bootdisk)
		return by_rank(l, e);
	int rc = named(l, "bootdisk", bootdisk, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	ri_buf_addf(&why, "its bootdisk, %.40s, is not one of its hard disks", bootdisk);
	return no_disk(l, &why, e);
}

/*
 * A setting in force: what is pending counts for a VM that is stopped, and where the main section does not
 * say which drive it is.
 */
static const char *setting(const struct look *l, const char *key, bool pending)
{
	const char *then = pending ? value_of(l->pending, key) : NULL;

	if (then)
		return then;
	return pending && deleted(l, key) ? NULL : ri_vmsection_get(&l->c->v[0], key);
}

static bool names_one(const char *boot, const char *bootdisk)
{
	return bootdisk || (boot && strstr(boot, "order="));
}

static int find(struct look *l, struct ri_err *e)
{
	static const char order[] = "order=", legacy[] = "legacy=";
	bool pending =
	    !l->running || !names_one(setting(l, "boot", false), setting(l, "bootdisk", false));
	const char *boot = setting(l, "boot", pending), *bootdisk = setting(l, "bootdisk", pending);

	if (boot && starts(boot, order))
		return by_order(l, boot + strlen(order), e);
	if (boot && starts(boot, legacy))
		boot += strlen(legacy);
	return by_letters(l, boot, bootdisk, e);
}

int ri_boot_drive_find(const struct ri_vmconf *c, bool running, struct ri_boot_drive *out,
    struct ri_err *e)
{
	RI_ON_EXIT(look_end) struct look l = { .c = c, .running = running };

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == RI_VMSEC_PENDING)
			l.pending = &c->v[i];
	if (ri_drives_of(&c->v[0], &l.main, e) < 0 ||
	    (l.pending && ri_drives_of(l.pending, &l.next, e) < 0) ||
	    ri_boot_marks_read(c, &l.main, &l.next, &l.marks, e) < 0 || find(&l, e) < 0)
		return -1;
	*out = l.d;
	l.d = (struct ri_boot_drive){ 0 };
	return 0;
}

bool ri_boot_drive_is_out(const struct ri_boot_drive *d)
{
	return d->place == RI_BOOT_PENDING || d->place == RI_BOOT_UNUSED ||
	       d->place == RI_BOOT_DISABLED;
}

const char *ri_boot_drive_word(const struct ri_boot_drive *d)
{
	static const char *const words[] = { [RI_BOOT_NONE] = "-",
		[RI_BOOT_ATTACHED] = "attached",
		[RI_BOOT_PENDING] = "pending",
		[RI_BOOT_UNUSED] = "unused",
		[RI_BOOT_DISABLED] = "by-hand",
		[RI_BOOT_SNAPSHOT] = "lost",
		[RI_BOOT_NOWHERE] = "lost",
		[RI_BOOT_AMBIGUOUS] = "ambiguous" };

	return words[d->place];
}

struct ri_detached ri_boot_drive_was(const struct ri_boot_drive *d)
{
	struct ri_detached was = { .way = d->place == RI_BOOT_UNUSED     ? RI_DETACH_UNUSED
					  : d->place == RI_BOOT_DISABLED ? RI_DETACH_BY_HAND
									 : RI_DETACH_PENDING,
		.line = d->line };

	memcpy(was.key, d->key, sizeof was.key);
	memcpy(was.source, d->source, sizeof was.source);
	return was;
}

static int check_stays(const struct ri_boot_drive *d, unsigned vmid, struct ri_err *e)
{
	if (d->change != RI_BOOT_DELETE && d->change != RI_BOOT_VOLUME)
		return 0;
	return ri_fail(e, RI_E_BUSY, 0,
	    "the next start %s %s, which is pending; take that back (qm set %u --revert %s), or stop "
	    "and start the VM first",
	    d->change == RI_BOOT_DELETE ? "takes away its boot drive"
					: "gives another volume to its boot drive",
	    d->key, vmid, d->key);
}

int ri_boot_drive_check(const struct ri_boot_drive *d, unsigned vmid, struct ri_err *e)
{
	switch (d->place) {
	case RI_BOOT_ATTACHED:
		return check_stays(d, vmid, e);
	case RI_BOOT_PENDING:
	case RI_BOOT_UNUSED:
	case RI_BOOT_DISABLED:
		return 0;
	case RI_BOOT_SNAPSHOT:
		return ri_fail(e, RI_E_CONFIG, 0,
		    "%s; to have it again, run: qm set %u --%s '%.300s'", d->why, vmid, d->key,
		    d->line);
	case RI_BOOT_AMBIGUOUS:
		return ri_fail(e, RI_E_CONFIG, 0,
		    "%s; say which in its boot order (qm set %u --boot order=DRIVE), or name the "
		    "volume",
		    d->why, vmid);
	case RI_BOOT_NONE:
	case RI_BOOT_NOWHERE:
		break;
	}
	return ri_fail(e, RI_E_CONFIG, 0, "%s; name the volume instead", d->why);
}

void ri_boot_drive_say_other(const struct ri_boot_drive *d, const char *key, const char *file,
    unsigned vmid, struct ri_buf *out)
{
	switch (d->place) {
	case RI_BOOT_AMBIGUOUS:
	case RI_BOOT_SNAPSHOT:
		return;
	case RI_BOOT_NONE:
	case RI_BOOT_NOWHERE:
		ri_buf_addf(out, "%s: its next start does not boot from %s, which this is", d->why,
		    key);
		break;
	case RI_BOOT_ATTACHED:
	case RI_BOOT_PENDING:
	case RI_BOOT_UNUSED:
	case RI_BOOT_DISABLED:
		if (!d->file || strcmp(d->file, file) == 0)
			return;
		ri_buf_addf(out, "its next start boots from %s, not from %s, which this is", d->key,
		    key);
		break;
	}
	if (strncmp(key, "unused", strlen("unused")) != 0)
		ri_buf_addf(out, "; if it is to boot from this: qm set %u --boot order=%s", vmid,
		    key);
}
