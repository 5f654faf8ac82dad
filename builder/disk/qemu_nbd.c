// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/qemu_nbd.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "host/child.h"
#include "host/clock.h"
#include "host/dir.h"
#include "host/json.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define PROGRAM "qemu-nbd"
#define READY_MS 60000
#define LISTEN_FD 3 /* sd_listen_fds(3): where a program that is handed its socket finds it */

struct ri_qemu_nbd {
	int fd; /* our end of the connection */
	struct ri_child child;
};

/*
 * Both ends exist before the program does, so that it finds its client waiting. The directory's
 * descriptor is used because a path may not fit into an address.
 */
static int make_ends(const char *dir, int *server, int *client, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ri_err ignored;
	char name[24];
	bool ok;

	/* A process that was killed and had our number may have left its own. */
	snprintf(name, sizeof name, "nbd-%d", (int)getpid());
	if (ri_dir_open(dir, 0, &d, e) < 0 || ri_dir_remove(&d, name, e) < 0)
		return -1;
	*server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*server < 0 || *client < 0)
		return ri_fail(e, RI_E_IO, errno, "making a socket");
	snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", d.fd, name);
	ok = bind(*server, (const struct sockaddr *)&a, sizeof a) == 0 && listen(*server, 1) == 0 &&
	     connect(*client, (const struct sockaddr *)&a, sizeof a) == 0;
	if (!ok)
		ri_fail(e, RI_E_IO, errno, "making a socket in %s", dir);
	/* Whatever happened: the name goes. */
	return ri_dir_remove(&d, name, ok ? e : &ignored) < 0 || !ok ? -1 : 0;
}

/* The image as QEMU's "json:" pseudo-protocol has it (qemu(7), qemu-block-drivers). */
static int image_name(const struct ri_qemu_nbd_opts *o, struct ri_buf *b, struct ri_err *e)
{
	RI_JSON image = NULL;
	RI_FREE char *text = NULL;
	struct stat st;

	if (stat(o->path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", o->path);
	image = json_pack("{s:s, s:b, s:{s:s, s:s}}", "driver", o->format, "force-share", o->share,
	    "file", "driver", S_ISBLK(st.st_mode) ? "host_device" : "file", "filename", o->path);
	if (!image)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s: its path is not UTF-8", o->path);
	if (o->alone && json_object_set_new(image, "backing", json_null()) < 0)
		return ri_nomem(e);
	text = json_dumps(image, JSON_COMPACT);
	if (!text)
		return ri_nomem(e);
	ri_buf_addf(b, "json:%s", text);
	return ri_buf_check(b, e);
}

static int launch(struct ri_qemu_nbd *x, const struct ri_qemu_nbd_opts *opts, const char *image,
    int server, struct ri_err *e)
{
	const char *argv[] = { PROGRAM, opts->write ? "--cache=writeback" : "--read-only", image,
		NULL };
	/*
	 * It ends with its client, but not with one that was killed before it said a word. A
	 * terminal's Ctrl-C is for us: we end it.
	 */
	const struct ri_child_opts o = { .argv = argv,
		.tool = &opts->tool,
		.fds = { { server, LISTEN_FD } },
		.n_fds = 1,
		.activated = true,
		.own_group = true,
		.death_signal = SIGKILL };

	return ri_child_start(&o, &x->child, e);
}

/* It ended, or closed the connection: the reason is what it said until its end. */
static int gone(struct ri_qemu_nbd *x, int64_t until, struct ri_err *e)
{
	char said[8192];
	struct ri_span text;

	/* One that did not end does so without its client. */
	close(ri_steal_fd(&x->fd));
	text = ri_span_trim(ri_span(said, ri_child_hear(&x->child, until, said, sizeof said)));
	return ri_fail(e, RI_E_IO, 0, "%s failed: %.*s", PROGRAM,
	    (int)(text.n > 600 ? 600 : text.n), text.p);
}

/* Ready is who greets. */
static int await(struct ri_qemu_nbd *x, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + READY_MS;

	for (;;) {
		struct pollfd p = { .fd = x->fd, .events = POLLIN };
		int64_t left = until - ri_clock_ms();
		char first;

		if (ri_cancel_check(e) < 0)
			return -1;
		if (left <= 0)
			return ri_fail(e, RI_E_IO, 0, "%s was not ready within %d s", PROGRAM,
			    READY_MS / 1000);
		/* A signal interrupts the wait; the limit is for one that came just before it. */
		if (poll(&p, 1, left > 1000 ? 1000 : (int)left) < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "poll");
		if (p.revents)
			return recv(x->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1
				   ? 0
				   : gone(x, until, e);
	}
}

static int start(struct ri_qemu_nbd *x, const struct ri_qemu_nbd_opts *o, struct ri_err *e)
{
	RI_FD int server = -1;
	RI_BUF image = { 0 };

	if (image_name(o, &image, e) < 0 || make_ends(o->dir, &server, &x->fd, e) < 0 ||
	    launch(x, o, image.p, server, e) < 0)
		return -1;
	/* The program alone has it now: its end is the connection's. */
	close(ri_steal_fd(&server));
	return await(x, e);
}

int ri_qemu_nbd_start(const struct ri_qemu_nbd_opts *o, struct ri_qemu_nbd **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = calloc(1, sizeof *x);

	if (!x)
		return ri_nomem(e);
	x->fd = -1;
	x->child = (struct ri_child)RI_CHILD_INIT;
	if (start(x, o, e) < 0)
		return -1;
	*out = ri_steal(x);
	return 0;
}

int ri_qemu_nbd_steal_fd(struct ri_qemu_nbd *x)
{
	return ri_steal_fd(&x->fd);
}

void ri_qemu_nbd_closep(struct ri_qemu_nbd **x)
{
	if (!*x)
		return;
	ri_cleanup_fd(&(*x)->fd);
	ri_child_close(&(*x)->child);
	free(*x);
	*x = NULL;
}
