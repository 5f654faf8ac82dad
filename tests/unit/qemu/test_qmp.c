// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The monitor's client against scripted monitors: what is sent, what is made of the answers. */
#include "unit/check.h"
#include "unit/qemu/monitor.h"

#include "base/cancel.h"
#include "qemu/qmp.h"
#include "qemu/qmp_stream.h"

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
	char name[200], file[101] = "";

	(void)state;
	ri_buf_addf(&want, "the monitor %s: connecting to it: No such file or directory",
	    tmp_path("none"));
	check_err("none", ri_qmp_open(tmp_path("none"), 100, &q, &e), &e, RI_E_IO, want.p);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(ri_qmp_open(name, 100, &q, &e), -1);
	assert_non_null(strstr(e.msg, "its name is too long for a socket"));
	/* Of a directory that is there, and still too long by itself. */
	memset(file, 'x', sizeof file - 1);
	assert_int_equal(ri_qmp_open(tmp_path(file), 100, &q, &e), -1);
	assert_non_null(strstr(e.msg, "xxx: its name is too long for a socket"));
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

static void check_open(const char *const *says, enum ri_code code, const char *why)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };
	struct monitor m;
	const char *path = begin(&m, says);
	int rc = ri_qmp_open(path, 100, &q, &e);

	end(&m);
	ri_buf_addf(&want, "the monitor %s: %s", path, why);
	check_err(why, rc, &e, code, want.p);
	assert_null(q);
}

/* What answers, if anything does, is no monitor that could be used. */
static void test_not_opened(void **state)
{
	(void)state;
	check_open((const char *const[]){ NULL }, RI_E_IO, "it closed the connection");
	check_open((const char *const[]){ "", "", NULL }, RI_E_BUSY,
	    "no greeting within 1 s: QEMU serves another client, or hangs");
	check_open((const char *const[]){ "{\"return\": 1}\n", NULL }, RI_E_IO,
	    "what answers is not a QEMU monitor");
	check_open((const char *const[]){ "SSH-2.0\n", NULL }, RI_E_IO,
	    "it sent something that is not JSON ('[' or '{' expected near 'SSH')");
	check_open((const char *const[]){ GREETING, "{\"error\": {}}\n", NULL }, RI_E_IO,
	    "qmp_capabilities: refused without a reason");
	check_open((const char *const[]){ GREETING, NULL }, RI_E_IO,
	    "qmp_capabilities: it closed the connection");
}

static json_t *large(void)
{
	RI_FREE char *text = malloc(4 << 20);

	assert_non_null(text);
	memset(text, 'x', 4 << 20);
	text[(4 << 20) - 1] = '\0';
	return json_pack("{s:s}", "x", text);
}

/* More than a socket holds, to a monitor that does not read, and to one that has gone. */
static void test_not_read(void **state)
{
	static const char *const says[] = { GREETING, DONE, NULL };

	(void)state;
	for (int held = 1; held >= 0; held--) {
		RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
		struct ri_err e = { 0 };
		struct monitor m;

		check_ok("open", ri_qmp_open(begin_held(&m, says, held == 1), 5000, &q, &e), &e);
		if (!held)
			end(&m);
		check_err("large", ri_qmp_call(q, "x", large(), 50, NULL, &e), &e, RI_E_IO,
		    held ? "x: it does not read what is sent" : "x: it closed the connection");
		if (held)
			end(&m);
	}
}

/* Half an answer, then nothing; and what is no answer. */
static void test_broken_answers(void **state)
{
	static const struct {
		const char *says, *want;
	} cases[] = { { "{\"return\": ", "x: it closed the connection" },
		{ "{\"event\": \"E\"}\n", "x: it closed the connection" },
		{ "[1]\n", "x: it sent JSON that is not a message" },
		{ "{\"error\": {\"class\": 1, \"desc\": 2}}\n", "x: refused without a reason" },
		{ "{\"error\": {\"class\": \"C\", \"desc\": \"D\"}}\n", "x: D" } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *const says[] = { GREETING, DONE, cases[i].says, NULL };
		RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
		struct ri_err e = { 0 };
		RI_JSON ret = NULL;
		struct monitor m;

		check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
		check_err(cases[i].says, ri_qmp_call(q, "x", NULL, 5000, &ret, &e), &e, RI_E_IO,
		    cases[i].want);
		assert_null(ret);
		assert_false(ri_qmp_refused(q, "DeviceNotFound"));
		end(&m);
	}
}

static int count_down(struct ri_qmp *q, void *arg, struct ri_err *e)
{
	int *left = arg;

	(void)q;
	if (*left < 0)
		return ri_fail(e, RI_E_IO, 0, "asked in vain");
	return --*left == 0;
}

/* Events about something else, or about nothing, do not end it; what is asked does, and time. */
static void test_await(void **state)
{
	static const char *const says[] = { GREETING,
		DONE
		"{\"event\": \"GONE\"}\n{\"event\": \"OTHER\", \"data\": {\"device\": \"a\"}}\n"
		"{\"odd\": 1}\n{\"event\": \"GONE\", \"data\": {\"device\": \"b\"}}\n",
		NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	struct monitor m;
	int left = 2;

	(void)state;
	check_ok("open", ri_qmp_open(begin_held(&m, says, true), 5000, &q, &e), &e);
	assert_int_equal(ri_qmp_await(q, "GONE", "a", 5000, 5, count_down, &left, &e), 1);
	assert_int_equal(left, 0);
	assert_int_equal(ri_qmp_await(q, "GONE", "a", 20, 5, never, NULL, &e), 0);
	left = -1;
	check_err("poll", ri_qmp_await(q, "GONE", "a", 5000, 5, count_down, &left, &e), &e, RI_E_IO,
	    "asked in vain");
	end(&m);
	check_err("closed", ri_qmp_await(q, "GONE", "a", 5000, 5, never, NULL, &e), &e, RI_E_IO,
	    "it closed the connection");
	assert_true(ri_qmp_take_event(q, "GONE", "b"));
	assert_false(ri_qmp_take_event(q, "GONE", "b"));
}

/* What others did not read comes first; then the agent is ours. */
static void test_an_agent(void **state)
{
	static const char *const says[] = { "{\"return\": 1}\n{\"error\": {}}\n", "@",
		"{\"return\": {\"a\": 1}}\n", NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	RI_JSON ret = NULL;
	struct monitor m;

	(void)state;
	check_ok("open", ri_qga_open(begin(&m, says), 5000, &q, &e), &e);
	check_ok("call", ri_qmp_call(q, "guest-info", NULL, 5000, &ret, &e), &e);
	assert_int_equal(json_integer_value(json_object_get(ret, "a")), 1);
	end(&m);
	if (!ri_span_starts(ri_str(m.heard),
		"\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":"))
		fail_msg("it heard %s", m.heard);
}

/* A socket that is connected to the monitor. */
static int connected(struct monitor *m, const char *const *says)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", begin(m, says));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

/* What is connected already is taken over; an agent answers when it is there. */
static void test_adopted(void **state)
{
	static const char *const monitor[] = { GREETING, DONE, "{\"return\": 7}\n", NULL };
	static const char *const agent[] = { "", "@", "{\"return\": 8}\n", NULL };
	struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	struct monitor m;
	int fd = connected(&m, monitor);

	(void)state;
	for (int i = 0; i < 2; i++) {
		RI_JSON ret = NULL;

		if (i == 1)
			fd = connected(&m, agent);
		if (i == 0)
			check_ok("monitor", ri_qmp_adopt(&fd, 5000, &q, &e), &e);
		else
			check_ok("agent", ri_qga_adopt(&fd, &q, &e), &e);
		assert_int_equal(fd, -1);
		if (i == 1)
			check_ok("sync", ri_qga_sync(q, 5000, &e), &e);
		check_ok("call", ri_qmp_call(q, "x", NULL, 5000, &ret, &e), &e);
		assert_int_equal(json_integer_value(ret), 7 + i);
		ri_qmp_close(&q);
		end(&m);
	}
	fd = connected(&m, (const char *const[]){ "no monitor\n", NULL });
	check_err("neither", ri_qmp_adopt(&fd, 5000, &q, &e), &e, RI_E_IO,
	    "the monitor: it sent something that is not JSON ('[' or '{' expected near 'no')");
	end(&m);
	assert_int_equal(fd, -1);
}

static void check_agent(const char *const *says, bool held, const char *why)
{
	struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };
	struct monitor m;
	const char *path = begin_held(&m, says, held);
	int rc = ri_qga_open(path, 50, &q, &e);

	end(&m);
	ri_buf_addf(&want, "the guest agent's socket %s: %s", path, why);
	check_err(why, rc, &e, RI_E_IO, want.p);
	assert_null(q);
}

static void test_no_agent(void **state)
{
	(void)state;
	check_agent((const char *const[]){ "", NULL }, true, "no guest agent answers within 1 s");
	check_agent((const char *const[]){ "", "{\"return\": 1}\n", NULL }, true,
	    "no guest agent answers within 1 s");
	check_agent((const char *const[]){ "", "[]\n", NULL }, true,
	    "it sent JSON that is not a message");
}

/* Of events beyond a thousand, the first are kept, and the answer behind them comes. */
static void test_a_flood(void **state)
{
	RI_BUF flood = { 0 };
	const char *says[] = { GREETING, DONE, NULL, NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	struct monitor m;

	(void)state;
	for (int i = 0; i < 1002; i++)
		ri_buf_addf(&flood, "{\"event\": \"E\", \"data\": {\"device\": \"%d\"}}\n", i);
	ri_buf_add_str(&flood, DONE);
	says[2] = flood.p;
	check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
	check_ok("call", ri_qmp_call(q, "x", NULL, 5000, NULL, &e), &e);
	end(&m);
	assert_true(ri_qmp_take_event(q, "E", "0"));
	assert_true(ri_qmp_take_event(q, "E", "999"));
	assert_false(ri_qmp_take_event(q, "E", "1000"));
}

/* A signal ends a call, but not one that has to be seen through. The last test, as this cannot be undone. */
static void test_a_signal(void **state)
{
	static const char *const says[] = { GREETING, DONE, NULL };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err e = { 0 };
	struct monitor m;

	(void)state;
	check_ok("open", ri_qmp_open(begin_held(&m, says, true), 5000, &q, &e), &e);
	ri_cancel_request();
	assert_int_equal(ri_qmp_call(q, "x", NULL, 5000, NULL, &e), -1);
	assert_int_equal(e.code, RI_E_CANCELLED);
	assert_int_equal(ri_qmp_call(q, "x", large(), 5000, NULL, &e), -1);
	assert_int_equal(e.code, RI_E_CANCELLED);
	ri_qmp_ignore_cancel(q);
	assert_int_equal(ri_qmp_call(q, "x", NULL, 10, NULL, &e), -1);
	end(&m);
	assert_int_equal(e.code, RI_E_IO);
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
		cmocka_unit_test_setup_teardown(test_not_opened, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_not_read, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_broken_answers, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_await, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_an_agent, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_adopted, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_agent, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_flood, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_signal, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
