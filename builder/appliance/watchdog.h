// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Ending an appliance that would not end by itself: libguestfs waits for its QEMU as long as that
 * lives, so a hung one (KVM that opens and does not run, a host disk that filled up under it) or a
 * launch that nobody wants any more is ended by killing the QEMU, or what makes the appliance before it.
 */
#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ri_watchdog {
	pthread_t thread;
	int wake; /* eventfd: something to look at */
	bool running;
	/* Seconds that a QEMU child may live from the beginning of the launch, or of the end; 0: for ever. */
	atomic_int limit_s;
	atomic_int lived_s; /* how many of them it has had */
	atomic_int grace_s; /* seconds that a library call has to end after a cancellation */
	atomic_bool stop, expired;
};

/**
 * Begin to watch a launch: no longer than @limit_s seconds (0: for ever), and ended at once by a
 * cancellation. The cancellation hook must call ri_watchdog_wake. @return 0; -1 RI_E_IO.
 */
int ri_watchdog_start(struct ri_watchdog *w, int limit_s, struct ri_err *e) RI_MUST_CHECK;
/** The launch is over: from now on only a cancellation that is not heeded ends the QEMU. */
void ri_watchdog_launched(struct ri_watchdog *w);
/**
 * The appliance is being ended: its QEMU is to be gone in @limit_s seconds. Of one that is killed then
 * `expired` tells, since what it had not written yet is lost.
 */
void ri_watchdog_ending(struct ri_watchdog *w, int limit_s);
/** Have the thread look again; async-signal-safe. */
void ri_watchdog_wake(const struct ri_watchdog *w);
/** Stop watching. */
void ri_watchdog_stop(struct ri_watchdog *w);
