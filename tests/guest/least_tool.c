// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* least_tool CPUS <manifest: the least memory in MiB that a build would name for that manifest. */
#include "plan/ram_need.h"

#include <inttypes.h>
#include <stdio.h>

static int read_manifest(struct ri_manifest *m, struct ri_err *e)
{
	RI_BUF text = { 0 };
	char bytes[4096];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
		ri_buf_add(&text, bytes, n);
	return ri_buf_check(&text, e) < 0 ? -1 : ri_manifest_parse(ri_buf_span(&text), m, e);
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_ram_parts parts;
	struct ri_err e = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: least_tool CPUS <manifest\n");
		return 2;
	}
	if (read_manifest(&m, &e) < 0 || !ri_ram_parts_of(&m, &parts)) {
		fprintf(stderr, "least_tool: %s\n", e.msg[0] ? e.msg : "no sizes in it");
		return 1;
	}
	printf("%" PRIu64 "\n", ri_ram_least_mib(&parts, (unsigned)strtoul(argv[1], NULL, 10)));
	return 0;
}
