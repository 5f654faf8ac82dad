// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/watchdog.h"
#include "base/cancel.h"
#include "host/process.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>

/* The program name that libguestfs's hypervisor has, cut to 15 bytes by the kernel. */
static const char qemu[] = "qemu-system";

/*
 * What a launch runs before it: it makes the appliance anew when the host's packages have changed, which takes
 * as long as the host's disk lets it, and knows nothing of a cancellation.
 */
static const char supermin[] = "supermin";

/* A call that is cancelled returns in a second or two; the appliance may be slow. */
#define GRACE_S 15

void ri_watchdog_wake(const struct ri_watchdog *w)
{
	uint64_t one = 1;
	int saved = errno;

	if (write(w->wake, &one, sizeof one) < 0)
		errno = saved; /* full: it is awake already */
	errno = saved;
}

/* Either is alone; the other is looked for because the launch may have gone on meanwhile. */
static int kill_launch(void)
{
	return ri_process_kill_children(supermin) + ri_process_kill_children(qemu);
}

/* A second passed, or somebody woke us: whether the QEMU was killed, which ends the watch. */
static bool look(struct ri_watchdog *w, int *waited_s, bool second_passed)
{
	if (ri_cancelled()) {
		*waited_s += second_passed;
		return *waited_s >= w->grace_s && kill_launch() > 0;
	}
	if (w->limit_s == 0 || !second_passed || ri_process_count_children(qemu) == 0)
		return false;
	if (++w->lived_s < w->limit_s)
		return false;
	w->expired = true;
	ri_process_kill_children(qemu);
	return true;
}

static void *watch(void *arg)
{
	struct ri_watchdog *w = arg;
	int waited_s = 0;

	while (!w->stop) {
		struct pollfd p = { w->wake, POLLIN, 0 };
		/* A process that appears gives no event to wait for, hence the second's step. */
		bool counting = w->limit_s > 0 || ri_cancelled();
		uint64_t count;
		int rc = poll(&p, 1, counting ? 1000 : -1);

		if (rc > 0 && read(w->wake, &count, sizeof count) > 0 && w->stop)
			break;
		if (look(w, &waited_s, rc == 0))
			break;
	}
	return NULL;
}

int ri_watchdog_start(struct ri_watchdog *w, int limit_s, struct ri_err *e)
{
	int rc;

	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->limit_s = limit_s;
	w->lived_s = w->grace_s = 0;
	w->stop = w->expired = false;
	if (w->wake < 0)
		return ri_fail(e, RI_E_IO, errno, "eventfd");
	rc = pthread_create(&w->thread, NULL, watch, w);
	if (rc != 0) {
		close(w->wake);
		return ri_fail(e, RI_E_IO, rc, "starting a thread");
	}
	w->running = true;
	return 0;
}

void ri_watchdog_launched(struct ri_watchdog *w, int limit_s)
{
	w->lived_s = 0;
	w->limit_s = limit_s;
	w->grace_s = GRACE_S;
	ri_watchdog_wake(w);
}

void ri_watchdog_ending(struct ri_watchdog *w, int limit_s)
{
	if (!w->running)
		return;
	w->lived_s = 0;
	w->limit_s = limit_s;
	ri_watchdog_wake(w);
}

void ri_watchdog_stop(struct ri_watchdog *w)
{
	if (!w->running)
		return;
	w->stop = true;
	ri_watchdog_wake(w);
	pthread_join(w->thread, NULL);
	close(w->wake);
	w->running = false;
}
