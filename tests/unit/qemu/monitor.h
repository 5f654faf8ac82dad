// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A monitor or an agent in a thread: says each line once it has read a line ("" before the first). A line "@" is
 * what an agent answers to guest-sync-delimited, with the number that it was sent last.
 */
#include "base/buf.h"
#include "unit/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define DONE "{\"return\": {}}\r\n"

struct monitor {
	pthread_t thread;
	int listening;
	const char *const *says;
	int hold[2]; /* a pipe, until whose end the connection stays once all is said; or 0 */
	char heard[4096];
};

static inline int say(const struct monitor *m, int fd, const char *line)
{
	const char *id = strstr(m->heard, "\"id\":");
	char text[64];

	if (strcmp(line, "@") == 0) {
		snprintf(text, sizeof text, "\xff{\"return\": %ld}\n",
		    id ? strtol(id + 5, NULL, 10) : -1);
		line = text;
	}
	return send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static void *serve(void *arg)
{
	struct monitor *m = arg;
	size_t n = 0;
	RI_FD int fd = accept(m->listening, NULL, NULL);
	char c = 0;

	for (size_t i = 0; fd >= 0 && m->says[i]; i++) {
		c = 0;
		while (i > 0 && c != '\n' && n < sizeof m->heard - 1 && read(fd, &c, 1) == 1)
			m->heard[n++] = c;
		if ((i > 0 && c != '\n') || say(m, fd, m->says[i]) < 0)
			return NULL;
	}
	if (m->hold[1] > 0)
		assert_int_equal(read(m->hold[0], &c, 1), 0);
	return NULL;
}

static inline const char *begin_held(struct monitor *m, const char *const *says, bool held)
{
	static char path[108];
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*m = (struct monitor){ .says = says };
	if (held)
		assert_int_equal(pipe2(m->hold, O_CLOEXEC), 0);
	snprintf(path, sizeof path, "%s", tmp_path("qmp"));
	unlink(path);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	m->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(m->listening >= 0);
	assert_int_equal(bind(m->listening, (const struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(m->listening, 1), 0);
	assert_int_equal(pthread_create(&m->thread, NULL, serve, m), 0);
	return path;
}

static inline const char *begin(struct monitor *m, const char *const *says)
{
	return begin_held(m, says, false);
}

/** Once all was said, or what was connected to it is closed, or nothing ever was. */
static inline void end(struct monitor *m)
{
	shutdown(m->listening, SHUT_RDWR);
	if (m->hold[1] > 0)
		close(m->hold[1]);
	pthread_join(m->thread, NULL);
	if (m->hold[1] > 0)
		close(m->hold[0]);
	close(m->listening);
}
