// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A throw-away QEMU: it reaches nothing but what it was started with, and ends with us, however we end. All that the guest
 * writes to its ports is taken in here, up to a limit.
 */
#include "host/child.h"
#include "qemu/qmp.h"
#include "trial/machine.h"

/** The most of a console that is kept in its file. */
#define RI_TRIAL_CONSOLE_MAX ((uint64_t)16 << 20)

/** For ri_trial_vm_close. Initialise with RI_TRIAL_VM_INIT. */
struct ri_trial_vm {
	struct ri_child child;
	struct ri_qmp *monitor;
	struct ri_qmp
	    *agent; /* there as soon as the machine is; whether anybody answers is another matter */
	int console, status;  /* our ends */
	int log;              /* where the console goes; borrowed */
	uint64_t logged;      /* bytes that the console has shown */
	struct ri_buf shown;  /* the last of them */
	struct ri_buf said;   /* what came over the status port */
	struct ri_buf errors; /* the last of QEMU's stderr */
};
#define RI_TRIAL_VM_INIT                                                                           \
	{                                                                                          \
		.child = RI_CHILD_INIT, .console = -1, .status = -1, .log = -1                     \
	}

/**
 * Start the machine. QEMU can open what @tool says, and its own files below /usr. @log is the open file that the console
 * goes to, and has to stay open.
 * @return 0; -1 RI_E_IO with what QEMU says; RI_E_CANCELLED, RI_E_NOMEM. In either case the caller calls
 *         ri_trial_vm_close.
 */
int ri_trial_vm_start(const struct ri_trial_machine *m, const struct ri_tool *tool, int log,
    struct ri_trial_vm *vm, struct ri_err *e) RI_MUST_CHECK;

/**
 * Take in what comes within @ms milliseconds, or at once where something is there.
 * @return 1: the machine runs; 0: QEMU has ended; -1 RI_E_CANCELLED, RI_E_IO (the console's file), RI_E_NOMEM.
 */
int ri_trial_vm_pump(struct ri_trial_vm *vm, int ms, struct ri_err *e) RI_MUST_CHECK;

/** Append how QEMU ended, as a sentence without a full stop. */
void ri_trial_vm_say_end(struct ri_trial_vm *vm, struct ri_buf *out);

/** End it, and close what is open. */
void ri_trial_vm_close(struct ri_trial_vm *vm);
