// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/status_port.h"
#include "loader/mounts.h"

#include <fcntl.h>

enum { PATIENCE_MS = 2000 };
enum { OEM_STRINGS = 11, HEADER = 4 };

/* "ttyS1" and no path, whatever else a firmware writes there. */
static bool take_name(struct ri_span string, char name[RI_STATUS_PORT_NAME])
{
	struct ri_span s = string;

	if (!ri_span_starts(s, RI_STATUS_OEM))
		return false;
	s = ri_span_skip(s, strlen(RI_STATUS_OEM));
	if (s.n != 5 || memcmp(s.p, "ttyS", 4) != 0 || s.p[4] < '0' || s.p[4] > '9')
		return false;
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
	return true;
}

/* Among the strings of a structure, each with its NUL. */
static bool find_name(struct ri_span list, char name[RI_STATUS_PORT_NAME])
{
	while (list.n > 0) {
		size_t n = strnlen(list.p, list.n);

		if (take_name(ri_span(list.p, n), name))
			return true;
		list = ri_span_skip(list, n < list.n ? n + 1 : n);
	}
	return false;
}

bool ri_status_port_named(struct ri_span table, char name[RI_STATUS_PORT_NAME])
{
	while (table.n >= HEADER) {
		size_t formatted = (unsigned char)table.p[1];
		bool oem = (unsigned char)table.p[0] == OEM_STRINGS;
		const char *end;
		struct ri_span list;

		if (formatted < HEADER || formatted > table.n)
			return false;
		/* Behind the formatted part come the strings, up to two NULs, also where there are none. */
		list = ri_span_skip(table, formatted);
		end = memmem(list.p, list.n, "\0", 2);
		if (!end)
			return false;
		if (oem && find_name(ri_span(list.p, (size_t)(end - list.p)), name))
			return true;
		table = ri_span_skip(list, (size_t)(end - list.p) + 2);
	}
	return false;
}

void ri_status_port_send(const struct ri_load_opts *o, struct ri_span status)
{
	RI_BUF table = { 0 }, frame = { 0 };
	char path[512], name[RI_STATUS_PORT_NAME];
	RI_FD int fd = -1;
	struct ri_err none;

	snprintf(path, sizeof path, "%s/firmware/dmi/tables/DMI", o->sys);
	if (ri_read_text(path, &table, &none) < 0 ||
	    !ri_status_port_named(ri_buf_span(&table), name))
		return;
	ri_buf_add_str(&frame, "\n" RI_STATUS_BEGIN "\n");
	ri_buf_add_span(&frame, status);
	ri_buf_add_str(&frame, RI_STATUS_END "\n");
	snprintf(path, sizeof path, "%s/%s", o->dev, name);
	/* As a console: neither wait for a carrier nor for a reader. */
	fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && !frame.oom)
		ri_cons_put(fd, ri_buf_span(&frame), ri_now_ms() + PATIENCE_MS);
}
