// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/record.h"

#define HEAD "ramimg commit 2\n"

/* The part that says of which volume it is. */
static void add_volume(const struct ri_volume *v, struct ri_buf *out)
{
	ri_buf_addf(out, HEAD "volume=%s\nformat=%s\nsize=%llu\n", v->id, v->format,
	    (unsigned long long)v->size);
}

int ri_commit_record_text(const struct ri_volume *v, const struct ri_commit_record *r,
    struct ri_buf *out, struct ri_err *e)
{
	add_volume(v, out);
	ri_buf_addf(out, "blocks=%llu\nchanged=%llu\nsha256=%s\nundo=%d\n",
	    (unsigned long long)r->blocks, (unsigned long long)r->changed, r->blocks_sha256,
	    r->undo);
	return ri_buf_check(out, e);
}

/* "KEY=" and the rest of the next line. */
static bool field(struct ri_span *rest, const char *key, struct ri_span *value)
{
	size_t n = strlen(key);
	struct ri_span line;

	if (!ri_span_line(rest, &line))
		return false;
	line = ri_span_chomp(line);
	if (!ri_span_starts(line, key) || line.n <= n || line.p[n] != '=')
		return false;
	*value = ri_span_skip(line, n + 1);
	return true;
}

static bool number(struct ri_span *rest, const char *key, uint64_t *out)
{
	struct ri_span s;

	*out = 0;
	if (!field(rest, key, &s) || s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(s.p[i] - '0');
	}
	return true;
}

static bool parse_rest(struct ri_span rest, struct ri_commit_record *out)
{
	struct ri_span sha256;
	uint64_t undo;

	if (!number(&rest, "blocks", &out->blocks) || !number(&rest, "changed", &out->changed) ||
	    !field(&rest, "sha256", &sha256) || sha256.n != RI_SHA256_HEX ||
	    !number(&rest, "undo", &undo) || undo > 1 || rest.n != 0 || out->changed > out->blocks)
		return false;
	memcpy(out->blocks_sha256, sha256.p, RI_SHA256_HEX);
	out->blocks_sha256[RI_SHA256_HEX] = '\0';
	out->undo = undo == 1;
	return true;
}

int ri_commit_record_parse(struct ri_span text, const struct ri_volume *v,
    struct ri_commit_record *out, struct ri_err *e)
{
	RI_BUF want = { 0 };

	*out = (struct ri_commit_record){ 0 };
	add_volume(v, &want);
	if (ri_buf_check(&want, e) < 0)
		return -1;
	if (!ri_span_starts(text, HEAD))
		return ri_fail(e, RI_E_COMMIT, 0,
		    "another version of ramimg recorded it; complete it with that one");
	if (!ri_span_starts(text, want.p))
		return ri_fail(e, RI_E_COMMIT, 0,
		    "it is of a volume of another name, format or size than %s", v->target);
	return parse_rest(ri_span_skip(text, want.n), out)
		   ? 0
		   : ri_fail(e, RI_E_COMMIT, 0, "it is damaged");
}
