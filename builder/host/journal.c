// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SOCKET_PATH "/run/systemd/journal/socket"

bool ri_journal_is(int fd, const char *stream)
{
	unsigned long long dev, ino;
	struct stat st;
	int end = 0;

	if (!stream || sscanf(stream, "%llu:%llu%n", &dev, &ino, &end) != 2 || stream[end] != '\0')
		return false;
	return fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

bool ri_journal_open(const char *root, struct ri_journal *out)
{
	struct ri_journal j = { .to = { .sun_family = AF_UNIX } };
	int n = snprintf(j.to.sun_path, sizeof j.to.sun_path, "%s" SOCKET_PATH, root);

	if (n < 0 || (size_t)n >= sizeof j.to.sun_path || access(j.to.sun_path, F_OK) < 0)
		return false;
	j.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (j.fd < 0)
		return false;
	*out = j;
	return true;
}

void ri_journal_close(struct ri_journal *j)
{
	if (j->fd > 0)
		close(j->fd);
	*j = (struct ri_journal){ 0 };
}

static void add_message(struct ri_buf *out, struct ri_span text)
{
	unsigned char length[8];

	for (size_t i = 0; i < sizeof length; i++)
		length[i] = (unsigned char)((uint64_t)text.n >> (8 * i));
	ri_buf_add_str(out, "MESSAGE\n");
	ri_buf_add(out, (const char *)length, sizeof length);
	ri_buf_add_span(out, text);
	ri_buf_add_str(out, "\n");
}

bool ri_journal_send(const struct ri_journal *j, enum ri_level level, struct ri_span text)
{
	/* syslog(3)'s numbers. */
	static const int priorities[] = {
		[RI_LOG_ERROR] = 3,
		[RI_LOG_WARN] = 4,
		[RI_LOG_INFO] = 6,
		[RI_LOG_DEBUG] = 7,
	};
	RI_BUF b = { 0 };
	ssize_t n;

	if (j->fd <= 0)
		return false;
	add_message(&b, text);
	ri_buf_addf(&b, "PRIORITY=%d\nSYSLOG_IDENTIFIER=ramimg\n", priorities[level]);
	if (j->command)
		ri_buf_addf(&b, "RAMIMG_COMMAND=%s\n", j->command);
	if (j->vmid != 0)
		ri_buf_addf(&b, "VMID=%u\n", j->vmid);
	if (b.oom)
		return false;
	do {
		n = sendto(j->fd, b.p, b.n, MSG_NOSIGNAL, (const struct sockaddr *)&j->to,
		    sizeof j->to);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)b.n;
}
