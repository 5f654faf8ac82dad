// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The direct reader's process, unconfined, with a client that asks for anything: two bytes say how long the
 * requests are, which follow, and behind them stands the disk, with zeros behind it. Every frame that it
 * answers with is one that the client takes, what it lends has not been lent already, and it comes to an end.
 */
#include "fuzz.h"
#include "disk/scratch.h"
#include "host/clock.h"
#include "reader/server_internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DISK = 512 << 10, PLACES = 4 };

/* All that comes, so that the server never waits for a listener. */
static void *listen_to(void *arg)
{
	const int *fd = arg;
	struct ri_buf *all = calloc(1, sizeof *all);
	char chunk[65536];
	ssize_t n;

	FUZZ_CHECK(all);
	while ((n = recv(*fd, chunk, sizeof chunk, 0)) > 0)
		ri_buf_add(all, chunk, (size_t)n);
	FUZZ_CHECK(n == 0 && !all->oom);
	return all;
}

static void check_entry(struct ri_span in)
{
	struct ri_wire_entry w;
	struct ri_span value;
	const char *name;
	int rc;

	FUZZ_CHECK(ri_wire_entry(in, &w));
	while ((rc = ri_wire_xattr(&w.xattrs, &name, &value)) > 0)
		continue;
	FUZZ_CHECK(rc == 0);
}

static void check_frame(uint32_t kind, struct ri_span in, unsigned *lent)
{
	struct ri_wire_lent l;
	struct ri_err e = { 0 };
	const char *text;
	uint64_t number;

	switch (kind) {
	case RI_WIRE_DONE:
		break;
	case RI_WIRE_ERROR:
		FUZZ_CHECK(
		    ri_wire_error(in, "it", &e) == -1 && !strstr(e.msg, "sends a damaged error"));
		break;
	case RI_WIRE_BEAT:
		FUZZ_CHECK(in.n == 0);
		break;
	case RI_WIRE_ITEMS:
		while (in.n > 0)
			FUZZ_CHECK(ri_wire_u64(&in, &number) && ri_wire_str(&in, &text));
		break;
	case RI_WIRE_DATA:
		FUZZ_CHECK(ri_wire_u64(&in, &number) && in.n > 0 && number <= INT64_MAX - in.n);
		break;
	case RI_WIRE_ENTRY:
		check_entry(in);
		break;
	case RI_WIRE_LENT:
		/* In turn, one after the other. */
		FUZZ_CHECK(ri_wire_lent(in, &l) && l.slot == *lent % RI_SHARED_SLOTS);
		++*lent;
		break;
	default:
		FUZZ_CHECK(kind == RI_WIRE_DONE); /* of no kind */
	}
}

/* The last frame may be cut off where the server gave up. */
static void check_answers(struct ri_span all)
{
	struct ri_wire_head h;
	unsigned lent = 0;

	while (all.n >= RI_WIRE_HEAD) {
		FUZZ_CHECK(ri_wire_head(all, &h));
		if (all.n - RI_WIRE_HEAD < h.n)
			break;
		check_frame(h.kind, ri_span(all.p + RI_WIRE_HEAD, h.n), &lent);
		all = ri_span_skip(all, RI_WIRE_HEAD + h.n);
	}
}

/* Out of the way of those with a meaning. */
static int high(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	FUZZ_CHECK(fd >= 0 && up >= 0 && close(fd) == 0);
	return up;
}

/* The disk: the same memory every time. */
static int disk_of(struct ri_span bytes)
{
	static int fd = -1;

	if (fd < 0)
		fd = high(memfd_create("disk", MFD_CLOEXEC));
	FUZZ_CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, DISK) == 0);
	FUZZ_CHECK(pwrite(fd, bytes.p, bytes.n, 0) == (ssize_t)bytes.n);
	return fd;
}

/* What the process starts with, at the numbers that it knows; what was there before goes to @kept. */
static void put_in_place(int socket, struct ri_span disk, int kept[PLACES])
{
	static int shared = -1, scratch = -1;
	struct ri_err e = { 0 };

	if (shared < 0) {
		shared = high(ri_shared_create(&e));
		scratch = high(ri_scratch_create(&e));
	}
	const int now[PLACES] = { socket, disk_of(disk), shared, scratch };

	for (int i = 0; i < PLACES; i++) {
		kept[i] = fcntl(RI_WIRE_SOCKET + i, F_DUPFD_CLOEXEC, 100);
		FUZZ_CHECK(dup2(now[i], RI_WIRE_SOCKET + i) >= 0);
	}
}

static void put_back(const int kept[PLACES])
{
	for (int i = 0; i < PLACES; i++) {
		close(RI_WIRE_SOCKET + i); /* the disk's may be: an NBD client closes it */
		FUZZ_CHECK(
		    kept[i] < 0 || (dup2(kept[i], RI_WIRE_SOCKET + i) >= 0 && close(kept[i]) == 0));
	}
}

static void serve(void)
{
	struct ri_disk_server d = { .s = { .name = "the direct reader",
					.sent_ms = ri_clock_ms() } };
	struct ri_err e = { 0 };

	d.s.shared = ri_shared_map(RI_WIRE_SHARED, true, &e);
	FUZZ_CHECK(d.s.shared);
	fuzz_ok(ri_server_serve(&d.s, &ri_reader_server, &e), &e);
	ri_buf_free(&d.s.out);
	ri_vfs_close(&d.vfs);
	munmap(d.s.shared, RI_SHARED_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span in = fuzz_input(data, size), asked;
	int pair[2], kept[PLACES];
	pthread_t listener;
	void *all = NULL;
	size_t n;

	if (in.n < 2)
		return 0;
	n = (size_t)data[0] << 8 | data[1];
	in = ri_span_skip(in, 2);
	n = n < in.n ? n : in.n;
	asked = ri_span(in.p, n);
	in = ri_span_skip(in, n);
	if (in.n > DISK)
		return 0;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	pair[0] = high(pair[0]);
	pair[1] = high(pair[1]);
	FUZZ_CHECK(
	    send(pair[1], asked.p, asked.n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)asked.n);
	FUZZ_CHECK(shutdown(pair[1], SHUT_WR) == 0);
	FUZZ_CHECK(pthread_create(&listener, NULL, listen_to, &pair[1]) == 0);
	put_in_place(pair[0], in, kept);
	serve();
	put_back(kept);
	FUZZ_CHECK(shutdown(pair[0], SHUT_RDWR) == 0);
	FUZZ_CHECK(pthread_join(listener, &all) == 0);
	check_answers(ri_buf_span(all));
	ri_buf_free(all);
	free(all);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
