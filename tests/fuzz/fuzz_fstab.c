// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An fstab, or two ("--" between them): what is there now, and the original. */
#include "fuzz.h"
#include "os/fstab.h"
#include "os/fstab_ram.h"

typedef int rewrite(struct ri_span in, struct ri_buf *out, struct ri_err *e);

/* What is on the guest's own disk, for ri_fstab_for_archive. */
static char *tags[] = { "UUID=1", "LABEL=r", NULL };
static const struct ri_strv own = { tags, 2 };

static int for_archive(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	return ri_fstab_for_archive(in, NULL, out, e);
}

static int for_archive_own(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	return ri_fstab_for_archive(in, &own, out, e);
}

static size_t count_lines(struct ri_span s)
{
	struct ri_span line;
	size_t n = 0;

	while (ri_span_line(&s, &line))
		n++;
	return n;
}

/** Line by line, @out is @in but for root lines and marks in front. */
static void check_untouched(struct ri_span in, struct ri_span out)
{
	struct ri_span a, b;

	FUZZ_CHECK(count_lines(in) == count_lines(out));
	while (ri_span_line(&in, &a) && ri_span_line(&out, &b)) {
		struct ri_fstab_entry en;
		size_t pos = 0, lineno = 0;
		bool entry = ri_fstab_next(a, &pos, &lineno, &en);

		if (entry && ri_fstab_is_root(&en))
			continue;
		if (!ri_span_eq(a, b)) {
			FUZZ_CHECK(entry && ri_fstab_needs_disk(&en));
			FUZZ_CHECK(ri_span_starts(b, "#ramimg: "));
			FUZZ_CHECK(ri_span_eq(ri_span_skip(b, 9), a));
		}
	}
}

static bool check_rewrite(rewrite *fn, struct ri_span in, struct ri_buf *out)
{
	RI_BUF twice = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(fn(in, out, &e), &e))
		return false;
	check_untouched(in, ri_buf_span(out));
	FUZZ_CHECK(fuzz_ok(fn(ri_buf_span(out), &twice, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(out), ri_buf_span(&twice)));
	return true;
}

static void check_no_disk_left(struct ri_span text)
{
	struct ri_fstab_entry en;
	size_t pos = 0, lineno = 0, roots = 0;

	while (ri_fstab_next(text, &pos, &lineno, &en)) {
		FUZZ_CHECK(!ri_fstab_needs_disk(&en));
		roots += ri_fstab_is_root(&en);
	}
	FUZZ_CHECK(roots == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span now = fuzz_part(&rest);
	RI_BUF ram = { 0 };
	RI_BUF archive = { 0 };
	RI_BUF kept = { 0 };
	RI_BUF back = { 0 };
	RI_BUF mixed = { 0 };
	RI_STRV swap = { 0 };
	struct ri_err e = { 0 };

	if (check_rewrite(ri_fstab_to_ram, now, &ram)) {
		FUZZ_CHECK(check_rewrite(for_archive, now, &archive));
		check_no_disk_left(ri_buf_span(&archive));
		FUZZ_CHECK(check_rewrite(for_archive_own, now, &kept));
		FUZZ_CHECK(kept.n <= archive.n);
		FUZZ_CHECK(fuzz_ok(ri_fstab_restore(ri_buf_span(&ram), now, &back, &e), &e));
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&back), now));
	}
	fuzz_ok(ri_fstab_restore(now, rest, &mixed, &e), &e);
	FUZZ_CHECK(fuzz_ok(ri_fstab_swapfiles(now, &swap, &e), &e));
	return 0;
}
