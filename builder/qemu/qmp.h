// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A client of a running VM's QEMU: its monitor (QMP) and, by the same kind of socket, its guest
 * agent.
 *
 * QEMU serves one client at a time, and Proxmox's own tools want their turn: a session is opened
 * for one piece of work and closed again (pve-qemu-server QMPClient.pm). Every wait has a deadline.
 */
#include "host/json.h"

#include <stdint.h>

struct ri_qmp;

/**
 * Connect to the monitor at @path, read its greeting and negotiate; a monitor that serves somebody
 * else is waited for, up to @wait_ms.
 * @return 0; -1 RI_E_BUSY if the greeting does not come, RI_E_IO if the socket does not exist, or
 *         what answers does not speak QMP; RI_E_CANCELLED.
 */
int ri_qmp_open(const char *path, unsigned wait_ms, struct ri_qmp **out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Connect to the guest agent at @path and synchronise with it (guest-sync-delimited): what an
 * earlier client left unread is skipped.
 * @return 0; -1 RI_E_IO, also where no agent answers in the guest; RI_E_CANCELLED.
 */
int ri_qga_open(const char *path, unsigned wait_ms, struct ri_qmp **out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * As ri_qmp_open over the connected socket *@fd, which is taken over: it is -1 afterwards.
 * @return as ri_qmp_open.
 */
int ri_qmp_adopt(int *fd, unsigned wait_ms, struct ri_qmp **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * A guest agent's connected socket *@fd, likewise, of which nobody may have the other end open yet: before anything is
 * asked ri_qga_sync has to succeed.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_qga_adopt(int *fd, struct ri_qmp **out, struct ri_err *e) RI_MUST_CHECK;
/** Synchronise with the agent as ri_qga_open does. @return 0; -1 as that. */
int ri_qga_sync(struct ri_qmp *q, unsigned wait_ms, struct ri_err *e) RI_MUST_CHECK;

void ri_qmp_close(struct ri_qmp **q);

/** From here on a signal does not end a call: what has begun must be finished or undone. */
void ri_qmp_ignore_cancel(struct ri_qmp *q);

/**
 * Run @command with @args, an object that is taken over, or NULL.
 * @return 0 with the value of "return" in *@ret, for json_decref (@ret may be NULL); -1 RI_E_IO
 *         "device_del: …" with QEMU's own words, or where the answer does not come within @wait_ms;
 *         RI_E_CANCELLED.
 */
int ri_qmp_call(struct ri_qmp *q, const char *command, json_t *args, unsigned wait_ms, json_t **ret,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether the last call was answered by an error of the class ("DeviceNotFound"). */
bool ri_qmp_refused(const struct ri_qmp *q, const char *class);

/** Whether the event @name about @device came; it is forgotten then. */
bool ri_qmp_take_event(struct ri_qmp *q, const char *name, const char *device);

/**
 * Wait for the event @name about @device (its data.device), among those that came already too.
 * Every
 * @step_ms, and at the end, @poll is asked as well: an event may have gone to a client before us.
 * @poll returns 1 when what is awaited is so, 0 when not, -1 on an error.
 * @return 1 when it came; 0 when @wait_ms went by; -1.
 */
int ri_qmp_await(struct ri_qmp *q, const char *name, const char *device, unsigned wait_ms,
    unsigned step_ms, int (*poll)(struct ri_qmp *, void *, struct ri_err *), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
