// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An fstab, or two ("--" between them): what is there now, and the original. */
#include "fuzz.h"
#include "os/fstab_ram.h"

typedef int rewrite(struct ri_span in, struct ri_buf *out, struct ri_err *e);

/* With one file system on the guest's own disk. */
static int for_archive(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines l = { 0 };
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_ondisk_fs *fs = ri_ondisk_add(&disk, "/dev/sda1", "ext4", e);

	FUZZ_CHECK(fs && ri_strv_add(&fs->names, "UUID=1", e) == 0 &&
		   ri_strv_add(&fs->names, "LABEL=r", e) == 0);
	if (ri_fstab_sort(in, &disk, NULL, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		FUZZ_CHECK(l.v[i].kind != RI_FSTAB_HERE || (l.v[i].fs && l.v[i].point[0] == '/'));
		FUZZ_CHECK(!l.v[i].fs || l.v[i].fs == disk.v);
	}
	return ri_fstab_for_archive(in, RI_FSTAB_TMPFS_ROOT, &l, out, e);
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
			FUZZ_CHECK(entry);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span now = fuzz_part(&rest);
	RI_BUF ram = { 0 };
	RI_BUF archive = { 0 };
	RI_BUF back = { 0 };
	RI_BUF mixed = { 0 };
	RI_STRV swap = { 0 };
	struct ri_err e = { 0 };

	if (check_rewrite(ri_fstab_to_ram, now, &ram)) {
		check_rewrite(for_archive, now, &archive);
		FUZZ_CHECK(fuzz_ok(ri_fstab_restore(ri_buf_span(&ram), now, &back, &e), &e));
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&back), now));
	}
	fuzz_ok(ri_fstab_restore(now, rest, &mixed, &e), &e);
	FUZZ_CHECK(fuzz_ok(ri_fstab_swapfiles(now, &swap, &e), &e));
	return 0;
}
