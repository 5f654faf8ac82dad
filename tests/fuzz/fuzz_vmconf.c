// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VM's configuration. */
#include "fuzz.h"
#include "pveconf/vmconf.h"
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
		FUZZ_CHECK(!d.v[i].cloudinit || d.v[i].cdrom);
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

static void check_boot(const struct ri_vmconf *c)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };
	RI_FREE char *key = NULL;
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_vmconf_bootdisk(c, &key, &e), &e))
		return;
	FUZZ_CHECK(ri_drive_key(key) && ri_vmsection_get(&c->v[0], key));
	FUZZ_CHECK(fuzz_ok(ri_drive_parse(key, ri_vmsection_get(&c->v[0], key), &d, &e), &e));
	FUZZ_CHECK(d.valid && !d.cdrom);
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
	check_boot(&c);
	template = ri_vmsection_get(&c.v[0], "template");
	open = !ri_vmsection_get(&c.v[0], "lock") && !ri_vmsection_get(&c.v[0], "vmstate") &&
	       (!template || strcmp(template, "0") == 0);
	FUZZ_CHECK(fuzz_ok(ri_vmconf_writable(&c, 105, NULL, &e), &e) == open);
	return 0;
}
