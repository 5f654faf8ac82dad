// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Ending an appliance that would not end by itself. libguestfs waits for its QEMU for as long as
 * that lives. So a QEMU that hangs (KVM can be opened but does not run; the host's disk has filled
 * up) is killed, and so is a launch that has been cancelled: its QEMU, or supermin, which runs
 * before QEMU to make the appliance.
 */
#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * A watch over the QEMU children of this process. It has a thread of its own, so it does not move.
 */
struct ri_watchdog {
	pthread_t thread;
	int wake;     /* an eventfd: there is something to look at */
	bool running; /* the thread exists */
	/*
	 * Seconds that QEMU may live, from the start of the launch, of the work or of the ending; 0: any
	 * time.
	 */
	atomic_int limit_s;
	atomic_int lived_s;  /* how many of them have passed */
	atomic_int grace_s;  /* seconds that a library call has to return after a cancellation */
	atomic_bool stop;    /* the thread is to end */
	atomic_bool expired; /* QEMU was killed because its time was up */
};

/**
 * Begin to watch a launch, which may take @limit_s seconds (0: any time) from the moment QEMU runs;
 * a cancellation ends it at once. The cancellation hook must call ri_watchdog_wake.
 * @return 0; -1 RI_E_IO.
 */
int ri_watchdog_start(struct ri_watchdog *w, int limit_s, struct ri_err *e) RI_MUST_CHECK;
/**
 * The launch is over: from now on QEMU is killed only if a library call does not return within some
 * seconds of a cancellation, or after @limit_s seconds (0: never).
 */
void ri_watchdog_launched(struct ri_watchdog *w, int limit_s);
/**
 * The appliance is being ended: its QEMU has @limit_s seconds to go. One that has to be killed then
 * sets `expired`, because what it had not written yet is lost. Without a running watch, nothing is
 * done.
 */
void ri_watchdog_ending(struct ri_watchdog *w, int limit_s);
/** Have the thread look again; async-signal-safe. */
void ri_watchdog_wake(const struct ri_watchdog *w);
/** Stop watching and join the thread; does nothing if there is none. */
void ri_watchdog_stop(struct ri_watchdog *w);
