// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cancel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

struct hook {
	void (*fn)(void *arg);
	void *arg;
};

/*
 * The handler may run on any thread while another one changes the hook. It counts itself in before
 * it reads `hook` and out after the call; the one that changes publishes the new hook first and
 * then waits for the count to fall to 0. So whoever read the old hook has come back from it, and
 * its slot can be written again. Only lock-free atomics are used, as a handler requires.
 */
static atomic_bool cancelled;
static atomic_int in_handler;
static _Atomic(struct hook *) hook;
static struct hook slots[2];
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

_Static_assert(ATOMIC_POINTER_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2 &&
		   ATOMIC_BOOL_LOCK_FREE == 2,
    "a signal handler may use lock-free atomics only");

static void cancel(void)
{
	struct hook *h;

	atomic_store(&cancelled, true);
	atomic_fetch_add(&in_handler, 1);
	h = atomic_load(&hook);
	if (h)
		h->fn(h->arg);
	atomic_fetch_sub(&in_handler, 1);
}

static void on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	cancel();
	errno = saved;
}

void ri_cancel_request(void)
{
	sigset_t all, before;

	/* A handler on this thread would be a second call of the hook. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	cancel();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int install(int sig, struct ri_err *e)
{
	/* SA_RESTART: the libraries' own system calls are not to fail with EINTR. */
	struct sigaction now = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, before;

	sigemptyset(&now.sa_mask);
	if (sigaction(sig, NULL, &before) < 0)
		return ri_fail(e, RI_E_IO, errno, "asking how %s is handled", strsignal(sig));
	if (before.sa_handler == SIG_IGN)
		return 0;
	if (sigaction(sig, &now, NULL) < 0)
		return ri_fail(e, RI_E_IO, errno, "handling %s", strsignal(sig));
	return 0;
}

int ri_cancel_install(struct ri_err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (install(signals[i], e) < 0)
			return -1;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return ri_fail(e, RI_E_IO, errno, "ignoring SIGPIPE");
	return 0;
}

bool ri_cancelled(void)
{
	return atomic_load(&cancelled);
}

int ri_cancel_check(struct ri_err *e)
{
	return ri_cancelled() ? ri_fail(e, RI_E_CANCELLED, 0, "interrupted") : 0;
}

void ri_cancel_on(void (*fn)(void *arg), void *arg)
{
	struct hook *slot, *old;
	sigset_t all, before;

	/* No handler may run on this thread now: the loop below would wait for itself. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pthread_mutex_lock(&changing);
	old = atomic_load(&hook);
	slot = old == &slots[0] ? &slots[1] : &slots[0];
	*slot = (struct hook){ fn, arg };
	atomic_store(&hook, fn ? slot : NULL);
	while (atomic_load(&in_handler) > 0)
		sched_yield();
	pthread_mutex_unlock(&changing);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* Read after the hook was published: a signal in between has called it already. */
	if (fn && ri_cancelled())
		fn(arg);
}
