// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/status_port.h"

#include <stdlib.h>

/* Structures of five bytes: type, length, handle, how many strings; then the strings. */
#define BIOS                                                                                       \
	"\0\5\0\0\0"                                                                               \
	"\0\0"
#define OEM(strings) "\13\5\1\0\1" strings "\0\0"

/* clang-format off */
static const struct {
	const char *name;
	struct ri_span table;
	const char *port; /* NULL: none */
} tables[] = {
	{ "nothing", BYTES(""), NULL },
	{ "alone", BYTES(OEM("ramimg.status=ttyS1")), "ttyS1" },
	{ "behind one without strings", BYTES(BIOS OEM("ramimg.status=ttyS3")), "ttyS3" },
	{ "behind one with strings", BYTES("\1\4\0\0" "QEMU\0" "pc\0\0" OEM("ramimg.status=ttyS0")), "ttyS0" },
	{ "its second string", BYTES(OEM("io.systemd.credential:a=b\0ramimg.status=ttyS9")), "ttyS9" },
	{ "a second structure of the kind", BYTES(OEM("other") OEM("ramimg.status=ttyS1")), "ttyS1" },
	{ "of another kind", BYTES("\1\5\0\0\1" "ramimg.status=ttyS1\0\0"), NULL },
	{ "inside a string", BYTES(OEM("x ramimg.status=ttyS1")), NULL },
	{ "a path", BYTES(OEM("ramimg.status=../sda")), NULL },
	{ "a disk", BYTES(OEM("ramimg.status=sda11")), NULL },
	{ "no number", BYTES(OEM("ramimg.status=ttyS")), NULL },
	{ "two digits", BYTES(OEM("ramimg.status=ttyS10")), NULL },
	{ "no digit", BYTES(OEM("ramimg.status=ttySx")), NULL },
	{ "cut in its strings", BYTES("\13\5\1\0\1" "ramimg.status=ttyS1"), NULL },
	{ "cut in its header", BYTES("\13\5"), NULL },
	{ "longer than the table", BYTES("\13\377\1\0\1" "ramimg.status=ttyS1\0\0"), NULL },
	{ "shorter than a header", BYTES("\13\3\1\0" "ramimg.status=ttyS1\0\0"), NULL },
};
/* clang-format on */

static void named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		/* On the heap, to its exact size: a sanitizer sees what is read beyond it. */
		RI_FREE char *copy = malloc(tables[i].table.n + 1);
		char name[RI_STATUS_PORT_NAME] = "untold";
		bool found;

		assert_non_null(copy);
		memcpy(copy, tables[i].table.p, tables[i].table.n);
		copy = realloc(copy, tables[i].table.n > 0 ? tables[i].table.n : 1);
		found = ri_status_port_named(ri_span(copy, tables[i].table.n), name);
		if (found != (tables[i].port != NULL) ||
		    strcmp(name, found ? tables[i].port : "untold") != 0)
			fail_msg("%s: %d, %s", tables[i].name, found, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
