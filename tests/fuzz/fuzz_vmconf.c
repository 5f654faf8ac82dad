// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VM's configuration. */
#include "fuzz.h"
#include "pveconf/vmconf.h"
#include "pveconf/boot_drive.h"
#include "pveconf/vmconf_boot.h"
#include "pveconf/vmconf_drive.h"

static void check_line(const struct ri_vmline *l)
{
	size_t n = strspn(l->key, "abcdefghijklmnopqrstuvwxyz_-");

	FUZZ_CHECK(n > 0 && l->key[0] >= 'a' && l->key[0] <= 'z');
	FUZZ_CHECK(l->key[n + strspn(l->key + n, "0123456789")] == '\0');
	FUZZ_CHECK(*l->value && !strchr(l->value, '\n'));
	FUZZ_CHECK(ri_span_eq(ri_span_trim(ri_str(l->value)), ri_str(l->value)));
}

static void check_section(const struct ri_vmsection *s)
{
	FUZZ_CHECK((s->kind == RI_VMSEC_PENDING) || s->deletes.n == 0);
	FUZZ_CHECK(s->kind != RI_VMSEC_SNAPSHOT || strlen(s->name) >= 2);
	for (size_t i = 0; i < s->n; i++) {
		check_line(&s->v[i]);
		/* The first of its key is the only one. */
		FUZZ_CHECK(ri_vmsection_get(s, s->v[i].key) == s->v[i].value);
	}
}

static void check_drives(const struct ri_vmsection *s)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_drives_of(s, &d, &e), &e));
	for (size_t i = 0; i < d.n; i++) {
		FUZZ_CHECK(ri_drive_key(d.v[i].key) && ri_vmsection_get(s, d.v[i].key));
		FUZZ_CHECK(d.v[i].file && *d.v[i].file);
		for (size_t k = 0; k < d.v[i].opts.n; k++)
			FUZZ_CHECK(strchr(d.v[i].opts.v[k], '=') && !strchr(d.v[i].opts.v[k], ','));
	}
}

/* What was taken, written as lines again, is taken the same. */
static void check_again(const struct ri_vmsection *main)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf again = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	for (size_t i = 0; i < main->n; i++)
		ri_buf_addf(&text, "%s: %s\n", main->v[i].key, main->v[i].value);
	FUZZ_CHECK(fuzz_ok(ri_vmconf_parse(ri_buf_span(&text), &again, &e), &e));
	FUZZ_CHECK(again.n == 1 && again.v[0].n == main->n && again.warnings.n == 0);
	for (size_t i = 0; i < main->n; i++) {
		FUZZ_CHECK(strcmp(again.v[0].v[i].key, main->v[i].key) == 0);
		FUZZ_CHECK(strcmp(again.v[0].v[i].value, main->v[i].value) == 0);
	}
}

static const char *source_of(const struct ri_vmconf *c, const struct ri_boot_drive *d)
{
	enum ri_vmsec kind = d->place == RI_BOOT_PENDING    ? RI_VMSEC_PENDING
			     : d->place == RI_BOOT_SNAPSHOT ? RI_VMSEC_SNAPSHOT
							    : RI_VMSEC_MAIN;
	const char *found = NULL;

	for (size_t i = 0; i < c->n && !found; i++)
		if (c->v[i].kind == kind)
			found = ri_vmsection_get(&c->v[i], d->source);
	return found;
}

static void find(const struct ri_vmconf *c, bool running, struct ri_boot_drive *d)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive x = { 0 };
	struct ri_err e = { 0 };
	bool known;

	FUZZ_CHECK(fuzz_ok(ri_boot_drive_find(c, running, d, &e), &e));
	known =
	    d->place == RI_BOOT_ATTACHED || d->place == RI_BOOT_SNAPSHOT || ri_boot_drive_is_out(d);
	FUZZ_CHECK(known == (d->file && d->line && *d->key && *d->source));
	FUZZ_CHECK((d->why == NULL) == (known && d->place != RI_BOOT_SNAPSHOT));
	if (!known)
		return;
	FUZZ_CHECK(ri_drive_key(d->key) && ri_drive_key(d->source) && source_of(c, d));
	FUZZ_CHECK(fuzz_ok(ri_drive_parse(d->key, d->line, &x, &e), &e));
	FUZZ_CHECK(strcmp(x.file, d->file) == 0);
}

/* What is detached is found again, and is attached again where it was. */
static void there_and_back(struct ri_span text, const struct ri_boot_drive *was,
    enum ri_detach_way way)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf out = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf back = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive again = { 0 };
	RI_BUF detached = { 0 };
	RI_BUF attached = { 0 };
	struct ri_detached how;
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_vmconf_edit_detach(text, was->key, way, &detached, &e), &e))
		return;
	FUZZ_CHECK(fuzz_ok(ri_vmconf_parse(ri_buf_span(&detached), &out, &e), &e));
	FUZZ_CHECK(!ri_vmsection_get(&out.v[0], was->key));
	find(&out, true, &d);
	FUZZ_CHECK(ri_boot_drive_is_out(&d) && strcmp(d.key, was->key) == 0);
	FUZZ_CHECK(strcmp(d.file, was->file) == 0);
	how = ri_boot_drive_was(&d);
	FUZZ_CHECK(fuzz_ok(ri_vmconf_edit_attach(ri_buf_span(&detached), &how, &attached, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_vmconf_parse(ri_buf_span(&attached), &back, &e), &e));
	find(&back, true, &again);
	FUZZ_CHECK(strcmp(ri_vmsection_get(&back.v[0], was->key), was->line) == 0);
	/* A boot order that is pending has not got it back. */
	for (size_t i = 1; i < back.n; i++)
		if (back.v[i].kind == RI_VMSEC_PENDING && ri_vmsection_get(&back.v[i], "boot"))
			return;
	FUZZ_CHECK(again.place == RI_BOOT_ATTACHED && strcmp(again.line, was->line) == 0);
}

static void check_boot(const struct ri_vmconf *c, struct ri_span text)
{
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive now = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive then = { 0 };

	find(c, false, &then);
	find(c, true, &now);
	/* Others cannot be taken out of a running VM. */
	if (now.place != RI_BOOT_ATTACHED || now.change == RI_BOOT_DELETE ||
	    now.change == RI_BOOT_VOLUME ||
	    (strncmp(now.key, "scsi", 4) != 0 && strncmp(now.key, "virtio", 6) != 0))
		return;
	/* Lines with a NUL are none, and blanks of typewriters move (fuzz_vmedit.c). */
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || text.p[i] == '\v' || text.p[i] == '\f')
			return;
	there_and_back(text, &now, RI_DETACH_PENDING);
	there_and_back(text, &now, RI_DETACH_UNUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	struct ri_err e = { 0 };
	const char *template;
	bool open;

	FUZZ_CHECK(fuzz_ok(ri_vmconf_parse(fuzz_input(data, size), &c, &e), &e));
	FUZZ_CHECK(c.n >= 1 && c.v[0].kind == RI_VMSEC_MAIN);
	for (size_t i = 0; i < c.n; i++) {
		FUZZ_CHECK(i == 0 || c.v[i].kind != RI_VMSEC_MAIN);
		check_section(&c.v[i]);
		check_drives(&c.v[i]);
	}
	check_again(&c.v[0]);
	check_boot(&c, fuzz_input(data, size));
	template = ri_vmsection_get(&c.v[0], "template");
	open = !ri_vmsection_get(&c.v[0], "lock") && !ri_vmsection_get(&c.v[0], "vmstate") &&
	       (!template || strcmp(template, "0") == 0);
	FUZZ_CHECK(fuzz_ok(ri_vmconf_writable(&c, 105, NULL, &e), &e) == open);
	return 0;
}
