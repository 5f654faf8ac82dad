// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The grub.cfg of an EFI partition. */
#include "fuzz.h"
#include "grub/grubstub.h"

/** It goes into messages and is compared: what it says is what a stub of no other words says. */
static void check_same(const struct ri_grub_stub *want)
{
	RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub got = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	ri_buf_addf(&text,
	    "search.fs_uuid %s root hd0\nset prefix=($root)'%s'\nconfigfile $prefix/grub.cfg\n",
	    want->fs_uuid, want->dir);
	FUZZ_CHECK(ri_grub_stub_parse(ri_buf_span(&text), &got, &e) == 1);
	FUZZ_CHECK(strcmp(got.fs_uuid, want->fs_uuid) == 0);
	FUZZ_CHECK(strcmp(got.dir, want->dir) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub s = { 0 };
	struct ri_err e = { 0 };
	int rc = ri_grub_stub_parse(fuzz_input(data, size), &s, &e);

	FUZZ_CHECK(rc == 0 || rc == 1);
	FUZZ_CHECK(e.code == RI_OK);
	FUZZ_CHECK((rc == 1) == (s.fs_uuid != NULL) && (rc == 1) == (s.dir != NULL));
	if (rc == 0)
		return 0;
	FUZZ_CHECK(s.fs_uuid[0] != '\0' && strlen(s.fs_uuid) <= 1000);
	FUZZ_CHECK(s.dir[0] == '/' && strlen(s.dir) <= 1000);
	FUZZ_CHECK(s.dir[1] == '\0' || s.dir[strlen(s.dir) - 1] != '/');
	FUZZ_CHECK(!strpbrk(s.fs_uuid, " \t\r\n;|&$'\"\\") && !strpbrk(s.dir, " \t\r\n;|&$'\"\\"));
	check_same(&s);
	return 0;
}
