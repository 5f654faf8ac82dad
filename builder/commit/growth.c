// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/growth.h"
#include "host/hostfile.h"
#include "volume/qcow2.h"
#include "volume/vmdk.h"

#include <errno.h>

#define HEAD 65536

static int parse(struct ri_span head, const char *format, struct ri_growth *out, struct ri_err *e)
{
	struct ri_qcow2 q;
	struct ri_vmdk k;

	if (strcmp(format, "vmdk") == 0) {
		if (ri_vmdk_parse(head, &k, e) < 0)
			return -1;
		out->cluster = k.grain;
		return 0;
	}
	if (ri_qcow2_parse(head, &q, e) < 0)
		return -1;
	out->cluster = q.cluster;
	out->per_table = q.cluster / 8 * q.cluster; /* entries of 8 bytes */
	out->anew = q.snapshots;
	return 0;
}

int ri_growth_of(int fd, const char *format, struct ri_growth *out, struct ri_err *e)
{
	RI_FREE char *head = malloc(HEAD);
	ssize_t n;

	*out = (struct ri_growth){ 0 };
	if (!head)
		return ri_nomem(e);
	n = ri_file_read_at(fd, head, HEAD, 0);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading its header");
	if (parse(ri_span(head, (size_t)n), format, out, e) < 0)
		return -1;
	return out->cluster > 0 ? 0 : ri_fail(e, RI_E_UNSUPPORTED, 0, "its header is damaged");
}

/* How many pieces of @size bytes are touched, of those from number *@next on. */
static uint64_t count(uint64_t at, uint64_t n, uint64_t size, uint64_t *next)
{
	uint64_t first = at / size, end = (at + n - 1) / size + 1;

	if (first < *next)
		first = *next;
	if (end <= first)
		return 0;
	*next = end;
	return end - first;
}

void ri_growth_add(struct ri_growth *g, uint64_t at, uint64_t n)
{
	if (n == 0)
		return;
	g->clusters += count(at, n, g->cluster, &g->next_cluster);
	if (g->per_table)
		g->tables += count(at, n, g->per_table, &g->next_table);
}

uint64_t ri_growth_bytes(const struct ri_growth *g)
{
	uint64_t n = g->clusters + g->tables;

	if (g->clusters == 0)
		return 0;
	/* Reference counts of 64 bits at most, and a new table of their blocks, once. */
	if (g->per_table)
		n += n / (g->cluster / 8) + 4;
	return n * g->cluster;
}
