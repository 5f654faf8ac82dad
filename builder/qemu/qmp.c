// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu/qmp.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/clock.h"
#include "qemu/qmp_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * What came while another answer was awaited: a QEMU at rest never sends more than a few dozen
 * events.
 */
#define EVENTS_MAX 1000

struct ri_qmp {
	int fd;
	struct ri_qmpread in;
	json_t *events; /* an array */
	char class[40]; /* of the last answer, where it was an error */
	unsigned late;  /* commands whose time was up before their answer came */
	bool closed, see_through;
};

void ri_qmp_ignore_cancel(struct ri_qmp *q)
{
	q->see_through = true;
}

static int check_cancel(const struct ri_qmp *q, struct ri_err *e)
{
	return q->see_through ? 0 : ri_cancel_check(e);
}

static bool hung_up(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

static int send_all(struct ri_qmp *q, struct ri_span text, int64_t until, struct ri_err *e)
{
	while (text.n > 0) {
		struct pollfd p = { .fd = q->fd, .events = POLLOUT };
		int64_t left = until - ri_clock_ms();
		ssize_t n = send(q->fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			text = ri_span_skip(text, (size_t)n);
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return hung_up(errno) ? ri_fail(e, RI_E_IO, 0, "it closed the connection")
					      : ri_fail(e, RI_E_IO, errno, "writing to it");
		if (check_cancel(q, e) < 0)
			return -1;
		if (left <= 0)
			return ri_fail(e, RI_E_IO, 0, "it does not read what is sent");
		poll(&p, 1, left > 200 ? 200 : (int)left);
	}
	return 0;
}

/* Answers come in the order of the commands. One that nobody waits for any more answers nothing else. */
static bool is_late(struct ri_qmp *q, json_t *m)
{
	if (q->late == 0 || !(json_object_get(m, "return") || json_object_get(m, "error")))
		return false;
	q->late--;
	return true;
}

/* The next message, NULL where none came before @until. */
static int receive(struct ri_qmp *q, int64_t until, json_t **out, struct ri_err *e)
{
	for (;;) {
		struct pollfd p = { .fd = q->fd, .events = POLLIN };
		int64_t left = until - ri_clock_ms();
		char chunk[16384];
		ssize_t n;

		if (ri_qmpread_next(&q->in, out, e) < 0)
			return -1;
		if (*out && is_late(q, *out)) {
			json_decref(*out);
			continue;
		}
		if (*out)
			return 0;
		if (q->closed)
			return ri_fail(e, RI_E_IO, 0, "it closed the connection");
		if (check_cancel(q, e) < 0)
			return -1;
		if (left <= 0)
			return 0;
		if (poll(&p, 1, left > 200 ? 200 : (int)left) <= 0)
			continue; /* a signal, or look at the clock again */
		n = recv(q->fd, chunk, sizeof chunk, MSG_DONTWAIT);
		if (n > 0 && ri_qmpread_feed(&q->in, chunk, (size_t)n, e) < 0)
			return -1;
		if (n < 0 && errno != EAGAIN && errno != EINTR && !hung_up(errno))
			return ri_fail(e, RI_E_IO, errno, "reading from it");
		q->closed = n == 0 || (n < 0 && hung_up(errno));
	}
}

static int keep_event(struct ri_qmp *q, json_t *event, struct ri_err *e)
{
	if (json_array_size(q->events) >= EVENTS_MAX)
		return 0;
	return json_array_append(q->events, event) < 0 ? ri_nomem(e) : 0;
}

/* The answer to a command, events on the way kept. NULL: not before @until. */
static int answer(struct ri_qmp *q, int64_t until, json_t **out, struct ri_err *e)
{
	for (;;) {
		RI_JSON m = NULL;

		if (receive(q, until, &m, e) < 0)
			return -1;
		if (!m || json_object_get(m, "return") || json_object_get(m, "error") ||
		    json_object_get(m, "QMP")) {
			*out = ri_steal(m);
			return 0;
		}
		if (keep_event(q, m, e) < 0)
			return -1;
	}
}

static int write_command(struct ri_qmp *q, const char *command, json_t *args, int64_t until,
    struct ri_err *e)
{
	RI_JSON all = json_pack("{s:s}", "execute", command);
	RI_BUF line = { 0 };

	if (args && json_object_set_new(all, "arguments", args) < 0)
		return ri_nomem(e);
	if (ri_json_write(all, JSON_COMPACT, &line, e) < 0)
		return -1;
	ri_log(RI_LOG_DEBUG, "QMP: %s", line.p);
	ri_buf_add_str(&line, "\n");
	return ri_buf_check(&line, e) < 0 ? -1 : send_all(q, ri_buf_span(&line), until, e);
}

static int refused(struct ri_qmp *q, json_t *error, struct ri_err *e)
{
	const char *class = json_string_value(json_object_get(error, "class"));
	const char *desc = json_string_value(json_object_get(error, "desc"));

	snprintf(q->class, sizeof q->class, "%s", class ? class : "unknown");
	return ri_fail(e, RI_E_IO, 0, "%s", desc ? desc : "refused without a reason");
}

int ri_qmp_call(struct ri_qmp *q, const char *command, json_t *args, unsigned wait_ms, json_t **ret,
    struct ri_err *e)
{
	int64_t until = ri_clock_ms() + wait_ms;
	RI_JSON m = NULL;
	json_t *error;

	q->class[0] = '\0';
	if (ret)
		*ret = NULL;
	if (write_command(q, command, args, until, e) < 0 || answer(q, until, &m, e) < 0)
		return ri_ctx(e, "%s", command);
	if (!m) {
		q->late++;
		return ri_fail(e, RI_E_IO, 0, "%s: no answer within %u s", command,
		    (wait_ms + 999) / 1000);
	}
	error = json_object_get(m, "error");
	if (error) {
		refused(q, error, e);
		return ri_ctx(e, "%s", command);
	}
	if (ret)
		*ret = json_incref(json_object_get(m, "return"));
	return 0;
}

bool ri_qmp_refused(const struct ri_qmp *q, const char *class)
{
	return strcmp(q->class, class) == 0;
}

static bool is_about(json_t *event, const char *name, const char *device)
{
	const char *n = json_string_value(json_object_get(event, "event"));
	json_t *data = json_object_get(event, "data");
	const char *d = json_string_value(json_object_get(data, "device"));

	return n && d && strcmp(n, name) == 0 && strcmp(d, device) == 0;
}

bool ri_qmp_take_event(struct ri_qmp *q, const char *name, const char *device)
{
	size_t i;
	json_t *event;

	json_array_foreach(q->events, i, event)
	{
		if (!is_about(event, name, device))
			continue;
		json_array_remove(q->events, i);
		return true;
	}
	return false;
}

int ri_qmp_await(struct ri_qmp *q, const char *name, const char *device, unsigned wait_ms,
    unsigned step_ms, int (*poll_fn)(struct ri_qmp *, void *, struct ri_err *), void *arg,
    struct ri_err *e)
{
	int64_t until = ri_clock_ms() + wait_ms;

	for (;;) {
		int64_t now = ri_clock_ms();
		RI_JSON m = NULL;
		int rc;

		if (ri_qmp_take_event(q, name, device))
			return 1;
		if (receive(q, now + step_ms < until ? now + step_ms : until, &m, e) < 0)
			return -1;
		if (m) {
			if (json_object_get(m, "event") && keep_event(q, m, e) < 0)
				return -1;
			if (ri_clock_ms() < until)
				continue;
		}
		rc = poll_fn(q, arg, e);
		if (rc != 0)
			return rc;
		if (ri_clock_ms() >= until)
			return 0;
	}
}

/* A path longer than an address has room for goes through its directory, which *@dir keeps open. */
static int address(const char *path, struct sockaddr_un *a, int *dir, struct ri_err *e)
{
	const char *slash = strrchr(path, '/');
	RI_FREE char *parent = NULL;
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof a->sun_path || !slash) {
		n = snprintf(a->sun_path, sizeof a->sun_path, "%s", path);
	} else {
		parent = strndup(path, (size_t)(slash - path) + 1);
		if (!parent)
			return ri_nomem(e);
		*dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*dir < 0)
			return ri_fail(e, RI_E_IO, errno, "opening its directory");
		n = snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d%s", *dir, slash);
	}
	return n >= 0 && (size_t)n < sizeof a->sun_path
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "its name is too long for a socket");
}

static int connect_to(const char *path, struct ri_qmp **out, struct ri_err *e)
{
	struct sockaddr_un a;
	RI_FD int dir = -1;
	struct ri_qmp *q;

	if (address(path, &a, &dir, e) < 0)
		return -1;
	q = calloc(1, sizeof *q);
	if (!q)
		return ri_nomem(e);
	q->events = json_array();
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*out = q;
	if (!q->events)
		return ri_nomem(e);
	if (q->fd < 0 || connect(q->fd, (const struct sockaddr *)&a, sizeof a) < 0)
		return ri_fail(e, RI_E_IO, errno, "connecting to it");
	return 0;
}

static int negotiate(struct ri_qmp *q, unsigned wait_ms, struct ri_err *e)
{
	RI_JSON greeting = NULL;

	if (answer(q, ri_clock_ms() + wait_ms, &greeting, e) < 0)
		return -1;
	if (!greeting)
		return ri_fail(e, RI_E_BUSY, 0,
		    "no greeting within %u s: QEMU serves another client, or hangs",
		    (wait_ms + 999) / 1000);
	if (!json_object_get(greeting, "QMP"))
		return ri_fail(e, RI_E_IO, 0, "what answers is not a QEMU monitor");
	return ri_qmp_call(q, "qmp_capabilities", NULL, 10000, NULL, e);
}

int ri_qmp_open(const char *path, unsigned wait_ms, struct ri_qmp **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;

	if (connect_to(path, &q, e) < 0 || negotiate(q, wait_ms, e) < 0)
		return ri_ctx(e, "the monitor %s", path);
	*out = ri_steal(q);
	return 0;
}

/* The agent's answer to our number; others' answers, left unread, come before it. */
static int synchronise(struct ri_qmp *q, unsigned wait_ms, struct ri_err *e)
{
	json_int_t id = (json_int_t)(ri_clock_ms() & 0x3fffffff);
	int64_t until = ri_clock_ms() + wait_ms;

	/* 0xff ends whatever half a command somebody left in the agent's parser. */
	if (send_all(q, ri_span("\xff", 1), until, e) < 0 ||
	    write_command(q, "guest-sync-delimited", json_pack("{s:I}", "id", id), until, e) < 0)
		return -1;
	for (;;) {
		RI_JSON m = NULL;

		if (receive(q, until, &m, e) < 0)
			return -1;
		if (!m)
			return ri_fail(e, RI_E_IO, 0, "no guest agent answers within %u s",
			    (wait_ms + 999) / 1000);
		if (json_integer_value(json_object_get(m, "return")) == id)
			return 0;
	}
}

int ri_qga_open(const char *path, unsigned wait_ms, struct ri_qmp **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;

	if (connect_to(path, &q, e) < 0 || synchronise(q, wait_ms, e) < 0)
		return ri_ctx(e, "the guest agent's socket %s", path);
	*out = ri_steal(q);
	return 0;
}

static int adopt(int *fd, struct ri_qmp **out, struct ri_err *e)
{
	struct ri_qmp *q = calloc(1, sizeof *q);

	if (!q)
		return ri_nomem(e);
	*out = q;
	q->fd = *fd;
	*fd = -1;
	q->events = json_array();
	return q->events ? 0 : ri_nomem(e);
}

int ri_qmp_adopt(int *fd, unsigned wait_ms, struct ri_qmp **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;

	if (adopt(fd, &q, e) < 0 || negotiate(q, wait_ms, e) < 0)
		return ri_ctx(e, "the monitor");
	*out = ri_steal(q);
	return 0;
}

int ri_qga_adopt(int *fd, struct ri_qmp **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;

	if (adopt(fd, &q, e) < 0)
		return -1;
	*out = ri_steal(q);
	return 0;
}

int ri_qga_sync(struct ri_qmp *q, unsigned wait_ms, struct ri_err *e)
{
	return synchronise(q, wait_ms, e) < 0 ? ri_ctx(e, "the guest agent") : 0;
}

void ri_qmp_close(struct ri_qmp **q)
{
	if (!*q)
		return;
	ri_cleanup_fd(&(*q)->fd);
	ri_qmpread_free(&(*q)->in);
	json_decref((*q)->events);
	free(*q);
	*q = NULL;
}
