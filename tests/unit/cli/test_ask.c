// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A question to whoever sits at the terminal. */
#include "unit/check.h"
#include "cli/ask.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

/** Put @fd where @stream is. @return what was there. */
static int replace(int stream, int fd)
{
	int was = fcntl(stream, F_DUPFD_CLOEXEC, 10);

	assert_true(was >= 0 && dup2(fd, stream) == stream);
	return was;
}

static void put_back(int stream, int was)
{
	assert_int_equal(dup2(was, stream), stream);
	close(was);
}

/** Ask on a terminal at which @typed is typed; with @stream, that one of the two is none. */
static bool ask(const char *typed, int stream)
{
	int master, slave, in, err;
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool said;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(write(master, typed, strlen(typed)), (ssize_t)strlen(typed));
	in = replace(STDIN_FILENO, stream == STDIN_FILENO ? none : slave);
	err = replace(STDERR_FILENO, stream == STDERR_FILENO ? none : slave);
	said = ri_ask("Forget it?");
	clearerr(stdin);
	put_back(STDERR_FILENO, err);
	put_back(STDIN_FILENO, in);
	close(master);
	close(slave);
	close(none);
	return said;
}

static void test_answers(void **state)
{
	static const struct {
		const char *typed;
		bool means;
	} rows[] = {
		{ "y\n", true }, { "Yes\n", true }, { "n\n", false }, { "\n", false },
		{ "no, y\n", false }, { "\x04", false }, /* the end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ask(rows[i].typed, -1) != rows[i].means)
			fail_msg("[%s] means %d", rows[i].typed, !rows[i].means);
}

/* A script has said what it wants by its command line. */
static void test_nobody_to_ask(void **state)
{
	(void)state;
	assert_true(ask("n\n", STDIN_FILENO));
	assert_true(ask("n\n", STDERR_FILENO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_nobody_to_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
