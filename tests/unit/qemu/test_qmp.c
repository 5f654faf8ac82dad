// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The monitor's client against scripted monitors: what is sent, what is made of the answers. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "qemu/qmp.h"
#include "qemu/qmp_stream.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"

static void test_messages(void **state)
{
	static const struct {
		struct ri_span in;
		const char *want; /* the messages, compact, each with an LF; then the error */
	} cases[] = {
		{ BYTES("{\"a\": 1}\r\n{\"b\":\n"),
		    "{\"a\":1}\nit sent something that is not JSON" },
		{ BYTES("\n \n{\"a\": 1}"), "" },
		{ BYTES("\xff{\"return\": 5}\n\n{}\n"), "{\"return\":5}\n{}\n" },
		{ BYTES("[]\n"), "it sent JSON that is not a message" },
		{ BYTES("{\"a\": \"\0\"}\n"), "it sent something that is not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_qmpread_free) struct ri_qmpread r = { 0 };
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		json_t *m = NULL;

		check_ok("feed", ri_qmpread_feed(&r, cases[i].in.p, cases[i].in.n, &e), &e);
		while (ri_qmpread_next(&r, &m, &e) == 0 && m) {
			RI_FREE char *text = json_dumps(m, JSON_COMPACT);

			ri_buf_addf(&out, "%s\n", text);
			json_decref(m);
		}
		ri_buf_add_str(&out, e.msg);
		if (!ri_span_starts(ri_buf_span(&out), cases[i].want))
			fail_msg("%zu: got [%s], want [%s]", i, out.p ? out.p : "", cases[i].want);
	}
}

static void test_an_endless_line(void **state)
{
	RI_ON_EXIT(ri_qmpread_free) struct ri_qmpread r = { 0 };
	static char mib[1 << 20];
	struct ri_err e = { 0 };
	json_t *m = NULL;
	int rc = 0, fed = 0;

	(void)state;
	memset(mib, 'x', sizeof mib);
	while (rc == 0 && fed < 10) {
		rc = ri_qmpread_feed(&r, mib, sizeof mib, &e);
		fed++;
		assert_true(rc < 0 || (ri_qmpread_next(&r, &m, &e) == 0 && !m));
	}
	check_err("endless", rc, &e, RI_E_IO, "it sent a line of more than 4 MiB");
	assert_int_equal(fed, 5);
}

/* A monitor in a thread: says each line once it has read a line ("" before the first). */
struct monitor {
	pthread_t thread;
	int listening;
	const char *const *says;
	char heard[1024];
};

static void *serve(void *arg)
{
	struct monitor *m = arg;
	size_t n = 0;
	RI_FD int fd = accept(m->listening, NULL, NULL);

	for (size_t i = 0; m->says[i]; i++) {
		char c = 0;

		while (i > 0 && c != '\n' && n < sizeof m->heard - 1 && read(fd, &c, 1) == 1)
			m->heard[n++] = c;
		if (write(fd, m->says[i], strlen(m->says[i])) < 0)
			break;
	}
	return NULL;
}

static const char *begin(struct monitor *m, const char *const *says)
{
	static char path[108];
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*m = (struct monitor){ .says = says };
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

static void end(struct monitor *m)
{
	pthread_join(m->thread, NULL);
	close(m->listening);
}

static int never(struct ri_qmp *q, void *arg, struct ri_err *e)
{
	(void)q, (void)arg, (void)e;
	return 0;
}

static void test_a_session(void **state)
{
	static const char *const says[] = { GREETING, "{\"return\": {}}\r\n",
		"{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"scsi1\"}}\r\n"
		"{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"scsi0\"}}\r\n"
		"{\"return\": [1]}\r\n",
		"{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Device 'x' not found\"}}\r\n",
		NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	RI_JSON ret = NULL;
	struct ri_err e = { 0 };
	struct monitor m;

	(void)state;
	check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
	check_ok("call",
	    ri_qmp_call(q, "device_del", json_pack("{s:s}", "id", "scsi0"), 5000, &ret, &e), &e);
	assert_int_equal(json_array_size(ret), 1);
	/* The event came before the answer, another device's before it. */
	assert_int_equal(ri_qmp_await(q, "DEVICE_DELETED", "scsi0", 5000, 100, never, NULL, &e), 1);
	assert_false(ri_qmp_take_event(q, "DEVICE_DELETED", "scsi0"));
	assert_true(ri_qmp_take_event(q, "DEVICE_DELETED", "scsi1"));
	check_err("refused", ri_qmp_call(q, "stop", NULL, 5000, NULL, &e), &e, RI_E_IO,
	    "stop: Device 'x' not found");
	assert_true(ri_qmp_refused(q, "DeviceNotFound"));
	end(&m);
	assert_string_equal(m.heard,
	    "{\"execute\":\"qmp_capabilities\"}\n"
	    "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"scsi0\"}}\n"
	    "{\"execute\":\"stop\"}\n");
}

static void test_time_runs_out(void **state)
{
	static const char *const says[] = { GREETING, "{\"return\": {}}\r\n", "", NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	struct monitor m;

	(void)state;
	check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
	assert_int_equal(ri_qmp_call(q, "query-block", NULL, 100, NULL, &e), -1);
	/* Too late to answer, or gone by then. */
	if (!strstr(e.msg, "query-block: no answer within 1 s") && !strstr(e.msg, "closed"))
		fail_msg("%s", e.msg);
	end(&m);
}

/* What comes after its time is up is no answer to what is asked next. */
static void test_a_late_answer(void **state)
{
	static const char *const says[] = { GREETING, "{\"return\": {}}\r\n", "",
		"{\"return\": \"late\"}\r\n{\"return\": \"own\"}\r\n", NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	RI_JSON ret = NULL;
	struct ri_err e = { 0 };
	struct monitor m;

	(void)state;
	check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
	check_err("slow", ri_qmp_call(q, "device_del", NULL, 10, NULL, &e), &e, RI_E_IO,
	    "device_del: no answer within 1 s");
	e = (struct ri_err){ 0 };
	check_ok("next", ri_qmp_call(q, "query-block", NULL, 5000, &ret, &e), &e);
	assert_string_equal(json_string_value(ret), "own");
	end(&m);
}

static void test_no_monitor(void **state)
{
	struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };
	char name[200];

	(void)state;
	ri_buf_addf(&want, "the monitor %s: connecting to it: No such file or directory",
	    tmp_path("none"));
	check_err("none", ri_qmp_open(tmp_path("none"), 100, &q, &e), &e, RI_E_IO, want.p);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(ri_qmp_open(name, 100, &q, &e), -1);
	assert_non_null(strstr(e.msg, "its name is too long for a socket"));
}

/* 150 bytes of directories above the socket: an address has room for 107. */
static void test_a_deep_directory(void **state)
{
	static const char *const says[] = { GREETING, "{\"return\": {}}\r\n", NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	RI_BUF deep = { 0 }, gone = { 0 };
	struct ri_err e = { 0 };
	const char *path;
	struct monitor m;

	(void)state;
	path = begin(&m, says);
	ri_buf_add_str(&deep, tmp_path(""));
	for (int i = 0; i < 3; i++) {
		ri_buf_addf(&deep, "%050d/", i);
		assert_int_equal(mkdir(deep.p, 0700), 0);
	}
	ri_buf_addf(&gone, "%sgone/qmp", deep.p);
	ri_buf_add_str(&deep, "qmp");
	assert_int_equal(rename(path, deep.p), 0);
	check_ok("open", ri_qmp_open(deep.p, 5000, &q, &e), &e);
	end(&m);
	assert_int_equal(ri_qmp_open(gone.p, 100, &q, &e), -1);
	assert_non_null(strstr(e.msg, "opening its directory: No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_an_endless_line),
		cmocka_unit_test_setup_teardown(test_a_session, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_time_runs_out, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_late_answer, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_monitor, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_deep_directory, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
