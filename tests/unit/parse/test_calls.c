// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process that parses and who asks it, with each call of the kernel failing in turn in both; and what it
 * does not take for a request.
 */
#include "unit/calls.h"

#include "unit/parse/served.h"

#include "parse/module.h"
#include "parse/tar.h"

static size_t held;

static void faults(bool on)
{
	if (!on && calls_left > 0)
		held = calls_left;
	calls_left = on ? held : 0;
}

static int ask(const void *kind, struct ri_err *e)
{
	held = calls_left;
	return served_ask(kind, faults, e);
}

static void after(const void *kind, int now, const struct ri_err *e)
{
	(void)kind;
	if (now < 0 && (e->code != RI_E_IO || calls_errnum == EINTR))
		fail_msg("as %s failed (%s): code %d, said [%s]", calls_failed,
		    strerror(calls_errnum), (int)e->code, e->msg);
}

static void test_each(void **state)
{
	static const char *const interrupted[] = { "recv", "send", "sendmsg", "read", "poll" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(calls_each_of_all(served_kinds[i].name, NULL, EIO, ask, after,
				&served_kinds[i]) > 8);
		for (size_t k = 0; k < 5; k++)
			calls_each_of_all(interrupted[k], interrupted[k], EINTR, ask, after,
			    &served_kinds[i]);
	}
}

/* Starting one as it is started. */
static int start(const void *kind, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct archive_entry *entry;
	struct ri_initrd_info info;
	RI_FD int fd = -1;

	if (kind == &served_kinds[1])
		return ri_parse_initrd_check(tmp_path("initrd"), tmp_path("initrd"), &info, e);
	held = calls_left;
	faults(false);
	fd = open(tmp_path("tree.tar"), O_RDONLY | O_CLOEXEC);
	faults(true);
	return ri_parse_tar(fd, &src, e) < 0 ? -1 : src->ops->next(src, &entry, e);
}

static void test_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    calls_each_of_all("start", NULL, EIO, start, NULL, &served_kinds[i]) > 5);
}

/* The same of one that is given a module. */
static int start_module(const void *packed, struct ri_err *e)
{
	RI_BUF out = { 0 };

	return ri_parse_module(*(const struct ri_span *)packed, 100, &out, e);
}

static void test_start_module(void **state)
{
	/* gzip -n of nothing */
	static const struct ri_span nothing =
	    BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0");

	(void)state;
	assert_true(calls_each_of_all("module", NULL, EIO, start_module, NULL, &nothing) > 8);
}

static void no_faults(bool on)
{
	(void)on;
}

/* A head of a frame and up to 12 bytes of it, as they are sent. */
struct request {
	uint32_t n, kind;
	const char *bytes;
	size_t sent; /* of bytes; SIZE_MAX: of the head only a half */
};

static const struct request opens = { 0, RI_WIRE_OPEN, "", 0 };

static void send_request(int fd, const struct request *r)
{
	RI_BUF b = { 0 };

	ri_wire_put_u32(&b, r->n);
	ri_wire_put_u32(&b, r->kind);
	if (r->sent == SIZE_MAX)
		b.n = 4;
	else
		ri_buf_add(&b, r->bytes, r->sent);
	assert_int_equal(send(fd, b.p, b.n, MSG_NOSIGNAL), b.n);
}

/* It ends, and says why; what it answered before does not matter. */
static void ends_with(const struct served *s, const struct request *first,
    const struct request *second, const char *says)
{
	struct ri_peer_ends ends;
	char said[256] = "";
	RI_FILE FILE *err = NULL;
	int status;

	served_start(s, no_faults, &ends);
	if (first)
		send_request(ends.socket, first);
	send_request(ends.socket, second);
	shutdown(ends.socket, SHUT_WR);
	err = fdopen(ends.child.err, "r");
	assert_non_null(err);
	if (!fgets(said, sizeof said, err) || strncmp(said, says, strlen(says)) != 0)
		fail_msg("request %u of %u bytes: [%s], not [%s]", second->kind, second->n, said,
		    says);
	close(ends.socket);
	if (ends.shared >= 0)
		close(ends.shared);
	assert_int_equal(waitpid(ends.child.pid, &status, 0), ends.child.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static const char strange[] = "a request that cannot be understood",
		  cut[] = "a request was cut short";

static void test_no_request(void **state)
{
	static const struct {
		bool open;
		struct request r;
		const char *says;
	} cases[] = {
		{ false, { 0, RI_WIRE_TREE, "", 0 }, strange }, /* before the first */
		{ true, { 0, RI_WIRE_OPEN, "", 0 }, strange },  /* again */
		{ true, { 0, RI_WIRE_MOUNT, "", 0 }, strange }, /* another's */
		{ true, { 0, 4000, "", 0 }, strange },
		{ true, { RI_WIRE_FRAME_MAX + 1, RI_WIRE_TREE, "", 0 }, strange },
		{ true, { 0, 0, "", SIZE_MAX }, cut },
		{ true, { 10, RI_WIRE_TREE, "abc", 3 }, cut },
		{ true, { 10, RI_WIRE_TREE, "", 0 }, cut },
		{ true, { 0, RI_WIRE_BACK, "", 0 }, strange },
		{ true, { 4, RI_WIRE_BACK, "\1\0\0", 4 }, strange }, /* nothing was lent */
		{ true, { 5, RI_WIRE_BACK, "\0\0\0\0", 5 }, strange },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ends_with(&served_kinds[0], cases[i].open ? &opens : NULL, &cases[i].r,
		    cases[i].says);
}

/* While it waits for memory to come back. */
static void test_nothing_comes_back(void **state)
{
	static const struct request tree = { 0, RI_WIRE_TREE, "", 0 };
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} cases[] = {
		{ "", 0, "nobody reads the answer" },
		{ "\4\0\0\0\1\0\0\0\1\0\0\0", 12, strange }, /* RI_WIRE_OPEN */
		{ "\377\377\377\377\1\0\0\0\1\0\0\0", 12, strange },
		{ "\3\0\0\0\23\0\0\0\1\0\0\0", 12, strange }, /* RI_WIRE_BACK of 3 bytes */
	};

	(void)state;
	assert_int_equal(RI_WIRE_BACK, 023);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_BUF got = { 0 };
		struct ri_peer_ends ends;
		char bytes[4096];
		ssize_t n;

		served_start(&served_kinds[0], no_faults, &ends);
		send_request(ends.socket, &opens);
		send_request(ends.socket, &tree);
		assert_int_equal(send(ends.socket, cases[i].bytes, cases[i].n, 0), cases[i].n);
		shutdown(ends.socket, SHUT_WR);
		while ((n = recv(ends.socket, bytes, sizeof bytes, 0)) > 0)
			ri_buf_add(&got, bytes, (size_t)n);
		/* It says so on its stderr, or in an answer where somebody may be there. */
		while ((n = read(ends.child.err, bytes, sizeof bytes)) > 0)
			ri_buf_add(&got, bytes, (size_t)n);
		assert_non_null(memmem(got.p, got.n, cases[i].says, strlen(cases[i].says)));
		close(ends.socket);
		close(ends.shared);
		ri_child_close(&ends.child);
	}
}

/* A request of its own that says too much is answered by an error, and the next one by what it asks for. */
static void test_a_wrong_payload(void **state)
{
	static const uint32_t initrd[] = { RI_WIRE_INITRD_PARENTS, RI_WIRE_INITRD_MEMBER,
		RI_WIRE_MODULE };
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	RI_BUF done = { 0 };
	struct ri_peer_ends ends;
	struct ri_err e = { 0 };

	(void)state;
	served_start(&served_kinds[1], no_faults, &ends);
	check_ok("connect", ri_peer_connect(&p, &ends, "it", 60000, &e), &e);
	check_ok("open", ri_peer_open(&p, LIT("\0\1\0\0\0\0\0\0"), &e), &e);
	for (size_t i = 0; i < sizeof initrd / sizeof *initrd; i++) {
		e = (struct ri_err){ 0 };
		check_err("payload", ri_peer_call(&p, initrd[i], LIT("x"), NULL, &done, &e), &e,
		    RI_E_IO, "a request that cannot be understood");
	}
	ri_peer_end(&p);
	served_start(&served_kinds[0], no_faults, &ends);
	e = (struct ri_err){ 0 };
	check_ok("connect", ri_peer_connect(&p, &ends, "it", 60000, &e), &e);
	check_ok("open", ri_peer_open(&p, ri_span("", 0), &e), &e);
	check_err("payload", ri_peer_call(&p, RI_WIRE_TREE, LIT("x"), NULL, &done, &e), &e, RI_E_IO,
	    "a request that cannot be understood");
	check_ok("again", ri_peer_ask(&p, RI_WIRE_TREE, ri_span("", 0), &(struct ri_err){ 0 }),
	    &(struct ri_err){ 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_start_module),
		cmocka_unit_test(test_no_request),
		cmocka_unit_test(test_nothing_comes_back),
		cmocka_unit_test(test_a_wrong_payload),
	};

	return cmocka_run_group_tests(tests, served_set_up, tmp_tear_down);
}
