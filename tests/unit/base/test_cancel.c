// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/cancel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

/*
 * The flag and the handlers are the process's, and cannot be taken back: each case runs in a child,
 * which reports by its exit status. A child that hangs is ended by alarm.
 */
static void in_child(const char *name, int (*body)(void))
{
	pid_t pid;
	int status;

	fflush(NULL); /* so that the child does not write it again */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(20);
		exit(body()); /* a coverage build counts what ran there */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: wait status 0x%x", name, status);
}

#define STEP(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "line %d: %s\n", __LINE__, #cond);                         \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static int one_signal(int sig)
{
	struct ri_err e = { 0 };

	STEP(ri_cancel_install(&e) == 0);
	STEP(!ri_cancelled());
	STEP(ri_cancel_check(&e) == 0 && e.msg[0] == '\0');
	STEP(raise(sig) == 0);
	STEP(ri_cancelled());
	STEP(ri_cancel_check(&e) == -1 && e.code == RI_E_CANCELLED);
	STEP(strcmp(e.msg, "interrupted") == 0);
	STEP(ri_err_exit_status(e.code) == 1);
	return 0;
}

static int by_int(void)
{
	return one_signal(SIGINT);
}

static int by_term(void)
{
	return one_signal(SIGTERM);
}

static int by_hup(void)
{
	return one_signal(SIGHUP);
}

static int ignored_stays(void)
{
	struct ri_err e = { 0 };

	signal(SIGHUP, SIG_IGN); /* as nohup leaves it */
	STEP(ri_cancel_install(&e) == 0);
	raise(SIGHUP);
	STEP(!ri_cancelled());
	return 0;
}

static int sigpipe_is_an_error(void)
{
	struct ri_err e = { 0 };
	int fds[2];

	STEP(ri_cancel_install(&e) == 0);
	STEP(pipe(fds) == 0);
	close(fds[0]);
	STEP(write(fds[1], "x", 1) == -1);
	STEP(!ri_cancelled());
	return 0;
}

static atomic_int calls[2];

static void hook(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static int hooks(void)
{
	struct ri_err e = { 0 };

	STEP(ri_cancel_install(&e) == 0);
	ri_cancel_on(hook, &calls[0]);
	STEP(calls[0] == 0);
	raise(SIGINT);
	STEP(calls[0] == 1);
	raise(SIGTERM);
	STEP(calls[0] == 2);
	ri_cancel_on(NULL, NULL);
	raise(SIGINT);
	STEP(calls[0] == 2);
	/* A signal came before: the next hook hears of it at once. */
	ri_cancel_on(hook, &calls[1]);
	STEP(calls[1] == 1);
	raise(SIGINT);
	STEP(calls[0] == 2 && calls[1] == 2);
	return 0;
}

/* What a failed thread asks for is what a signal asks for, its hook included. */
static int by_request(void)
{
	struct ri_err e = { 0 };

	ri_cancel_on(hook, &calls[0]);
	STEP(!ri_cancelled() && calls[0] == 0);
	ri_cancel_request();
	STEP(ri_cancelled() && calls[0] == 1);
	STEP(ri_cancel_check(&e) == -1 && e.code == RI_E_CANCELLED);
	ri_cancel_on(hook, &calls[1]);
	STEP(calls[1] == 1);
	return 0;
}

struct victim {
	atomic_bool alive;
};

static atomic_bool stop;
static atomic_int late;

static void use(void *arg)
{
	struct victim *v = arg;

	/* Take a while, so that a hook that is not waited for is caught at it. */
	for (volatile int i = 0; i < 2000; i++)
		;
	if (!v->alive)
		late++;
}

static void *fire(void *arg)
{
	const pthread_t *target = arg;

	/* Mostly here: a handler on the other thread would give the one here time to end. */
	for (unsigned i = 0; !stop; i++) {
		raise(SIGTERM);
		if (i % 64 == 0)
			pthread_kill(*target, SIGINT);
	}
	return NULL;
}

/** Signals on two threads while the hook changes: no call comes after its hook was taken away. */
static int hook_is_not_used_late(void)
{
	struct ri_err e = { 0 };
	pthread_t self = pthread_self(), t;

	STEP(ri_cancel_install(&e) == 0);
	STEP(pthread_create(&t, NULL, fire, &self) == 0);
	for (int i = 0; i < 20000; i++) {
		struct victim v[2];

		v[0].alive = v[1].alive = true;
		ri_cancel_on(use, &v[0]);
		ri_cancel_on(use, &v[1]);
		v[0].alive = false;
		ri_cancel_on(NULL, NULL);
		v[1].alive = false;
	}
	stop = true;
	pthread_join(t, NULL);
	STEP(late == 0);
	STEP(ri_cancelled());
	return 0;
}

#define CASE(name)                                                                                 \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		in_child(#name, name);                                                             \
	}
CASE(by_int)
CASE(by_term)
CASE(by_hup)
CASE(ignored_stays)
CASE(sigpipe_is_an_error)
CASE(hooks)
CASE(by_request)
CASE(hook_is_not_used_late)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_int),
		cmocka_unit_test(test_by_term),
		cmocka_unit_test(test_by_hup),
		cmocka_unit_test(test_ignored_stays),
		cmocka_unit_test(test_sigpipe_is_an_error),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_by_request),
		cmocka_unit_test(test_hook_is_not_used_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
