// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubheader.h"
#include "grub/grublex.h"

/** An option and what it says. */
static const struct option {
	const char *name;
	bool value; /* the next word, or what follows an equals sign */
	enum { LOOKS, ACCESS, ID } what;
} options[] = {
	{ "--class", true, LOOKS },
	{ "--hotkey", true, LOOKS },
	{ "--users", true, ACCESS },
	{ "--unrestricted", false, ACCESS },
	{ "--id", true, ID },
	/* 00_header's variable: "--id" wherever GRUB knows that option. */
	{ "$menuentry_id_option", true, ID },
	{ "${menuentry_id_option}", true, ID },
};

/** What has been read so far. */
struct reading {
	struct ri_grub_header h;
	struct ri_span rest;
	bool unrestricted, users;
};

static void reading_free(struct reading *r)
{
	ri_grub_header_free(&r->h);
}

static void add_word(struct ri_buf *out, struct ri_span word)
{
	ri_buf_add(out, " ", out->n > 0 ? 1 : 0);
	ri_buf_add_span(out, word);
}

/** @word is the option with its "=value", where it has that. */
static int take(struct reading *r, const struct option *o, struct ri_span word, struct ri_err *e)
{
	size_t name = strlen(o->name);
	bool joined = word.n > name;
	struct ri_span value = ri_span_skip(word, joined ? name + 1 : name);
	struct ri_buf *out = o->what == LOOKS ? &r->h.looks : &r->h.access;
	int rc = 1;

	if (o->value && !joined)
		rc = ri_grub_word(&r->rest, &value, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return ri_fail(e, RI_E_GUEST, 0, "%s without a value", o->name);
	if (o->what == ID) {
		r->h.id = value;
		return 0;
	}
	add_word(out, word);
	if (o->value && !joined)
		add_word(out, value);
	r->unrestricted = r->unrestricted || !o->value;
	r->users = r->users || (o->what == ACCESS && o->value);
	return 0;
}

static const struct option *lookup(struct ri_span word)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const struct option *o = &options[i];
		size_t name = strlen(o->name);

		if (ri_span_starts(word, o->name) &&
		    (word.n == name || (o->value && word.p[name] == '=')))
			return o;
	}
	return NULL;
}

/** A word at an option's or the title's place. */
static int take_word(struct reading *r, struct ri_span word, struct ri_err *e)
{
	const struct option *o = lookup(word);

	if (o)
		return take(r, o, word, e);
	if (word.p[0] == '-' || word.p[0] == '$' || r->h.title.p)
		return ri_fail(e, RI_E_GUEST, 0, "%.*s is unknown to ramimg",
		    (int)(word.n > 60 ? 60 : word.n), word.p);
	r->h.title = word;
	return 0;
}

int ri_grub_header_read(struct ri_span words, struct ri_grub_header *out, struct ri_err *e)
{
	RI_ON_EXIT(reading_free) struct reading r = { .rest = words };
	struct ri_err first = { 0 }, why = { 0 };
	struct ri_span word;
	int rc;

	/* Behind what is unknown the title and the id may still come. */
	while ((rc = ri_grub_word(&r.rest, &word, &why)) > 0)
		if (take_word(&r, word, &why) < 0 && !first.code)
			first = why;
	if (rc < 0 && !first.code)
		first = why;
	out->title = r.h.title;
	out->id = r.h.id;
	if (ri_buf_check(&r.h.looks, e) < 0 || ri_buf_check(&r.h.access, e) < 0)
		return -1;
	if (first.code) {
		*e = first;
		return -1;
	}
	if (!r.h.title.p)
		return ri_fail(e, RI_E_GUEST, 0, "no title");
	r.h.open = r.unrestricted && !r.users;
	*out = r.h;
	r.h = (struct ri_grub_header){ 0 };
	return 0;
}

void ri_grub_header_free(struct ri_grub_header *h)
{
	ri_buf_free(&h->looks);
	ri_buf_free(&h->access);
}
