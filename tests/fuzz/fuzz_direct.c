// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz.h"
#include "parse/wire.h"

#include <sys/stat.h>

/*
 * What the direct reader's client decodes: a byte that chooses the frame, then its payload. What is
 * taken keeps the promises that the packer relies on.
 */

static bool leads_out(const char *path)
{
	return path[0] == '/' || path[0] == '\0' || strcmp(path, "..") == 0 ||
	       strncmp(path, "../", 3) == 0 || strstr(path, "/../") || strstr(path, "//") ||
	       (strlen(path) > 3 && strcmp(path + strlen(path) - 3, "/..") == 0);
}

static void entry(struct ri_span in)
{
	struct ri_wire_entry w;
	struct ri_span value;
	const char *name;
	size_t bytes = 0;

	if (!ri_wire_entry(in, &w))
		return;
	FUZZ_CHECK(!leads_out(w.path) && w.nsec < 1000000000 && !S_ISSOCK(w.mode));
	FUZZ_CHECK(!w.hardlink || (!leads_out(w.target) && !S_ISDIR(w.mode)));
	FUZZ_CHECK(!S_ISLNK(w.mode) || *w.target);
	FUZZ_CHECK(strlen(w.path) + strlen(w.target) <= in.n);
	while (ri_wire_xattr(&w.xattrs, &name, &value) > 0) {
		bytes += strlen(name) + value.n;
		FUZZ_CHECK(*name && bytes <= in.n);
	}
}

static void items(struct ri_span in)
{
	uint64_t number;
	const char *text;

	while (ri_wire_u64(&in, &number) && ri_wire_str(&in, &text))
		FUZZ_CHECK(strlen(text) < RI_WIRE_FRAME_MAX);
}

static void lent(struct ri_span in)
{
	struct ri_wire_lent l;

	if (ri_wire_lent(in, &l))
		FUZZ_CHECK(l.n > 0 && l.slot * RI_SHARED_SLOT + l.n <= RI_SHARED_BYTES);
}

static void error(struct ri_span in)
{
	struct ri_err e = { 0 };

	FUZZ_CHECK(ri_wire_error(in, "the direct reader", &e) == -1);
	FUZZ_CHECK(e.code != RI_OK && e.code != RI_E_COMMIT && e.code != RI_E_CANCELLED);
	for (const char *p = e.msg; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ri_span in = ri_span((const char *)data, n);
	struct ri_wire_head h;

	if (ri_wire_head(in, &h))
		FUZZ_CHECK(h.n <= RI_WIRE_FRAME_MAX);
	if (n == 0)
		return 0;
	in = ri_span_skip(in, 1);
	switch (data[0]) {
	case 'e':
		entry(in);
		break;
	case 'i':
		items(in);
		break;
	case 'l':
		lent(in);
		break;
	case 'x':
		error(in);
		break;
	}
	return 0;
}
