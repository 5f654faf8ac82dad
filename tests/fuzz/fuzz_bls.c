// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An entry file of the guest's, and behind "--" a grub.cfg. */
#include "fuzz.h"
#include "grub/bls.h"
#include "grub/grublex.h"

/** Every line is a key and a value, none drives a terminal, and what makes it ramimg's is there once. */
static void check_entry(struct ri_span entry)
{
	struct ri_span value;

	for (size_t i = 0; i < entry.n; i++)
		FUZZ_CHECK((unsigned char)entry.p[i] >= 0x20 || entry.p[i] == '\n');
	FUZZ_CHECK(ri_bls_value(entry, "options", 0, &value));
	FUZZ_CHECK(!ri_bls_value(entry, "options", 1, &value));
	FUZZ_CHECK(!ri_bls_value(entry, "linux", 1, &value));
	FUZZ_CHECK(ri_bls_value(entry, "linux", 0, &value) && value.p[0] == '/');
	for (size_t i = 0; i < value.n; i++)
		FUZZ_CHECK(!strchr(" \t;|&<>{}$'\"\\", value.p[i]));
	for (size_t i = 0; ri_bls_value(entry, "initrd", i, &value); i++)
		for (size_t k = 0; k < value.n; k++)
			FUZZ_CHECK(!strchr(";|&<>{}'\"\\", value.p[k]));
}

static void check_options(struct ri_span text)
{
	struct ri_err e = { 0 };
	struct ri_span rest, word;
	RI_BUF out = { 0 };
	int rc;

	if (!fuzz_ok(ri_bls_options(text, ri_str("ro quiet"), &out, &e), &e))
		return;
	rest = ri_buf_span(&out);
	while ((rc = ri_grub_word(&rest, &word, &e)) > 0)
		continue;
	FUZZ_CHECK(rc == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span text = fuzz_part(&rest);
	const struct ri_bls_spec spec = { text, "Fedora Linux", "a.img", "b.img", "ro toram" };
	struct ri_err e = { 0 };
	RI_BUF entry = { 0 };

	ri_bls_in_menu(rest);
	ri_bls_default_is_saved(rest);
	check_options(text);
	FUZZ_CHECK(ri_bls_same_access(text, text));
	if (fuzz_ok(ri_bls_entry(&spec, &entry, &e), &e)) {
		check_entry(ri_buf_span(&entry));
		FUZZ_CHECK(ri_bls_same_access(text, ri_buf_span(&entry)));
	} else {
		FUZZ_CHECK(entry.n == 0);
	}
	return 0;
}
