// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a build needs of this host, looked at before anything starts: a table of checks, each with what was
 * found and, where that is not enough, the way to mend it. Nothing is changed, and no appliance started.
 */
#include "base/buf.h"
#include "doctor/host.h"

enum ri_health {
	RI_HEALTH_OK,
	RI_HEALTH_WARNING, /* a build can run, slower or with a risk */
	RI_HEALTH_MISSING, /* it cannot */
};

/** Which checks belong to what, as bits. */
enum {
	RI_DOCTOR_STAGE = 1 << 0,     /* to look at a disk: build --dry-run runs these */
	RI_DOCTOR_APPLIANCE = 1 << 1, /* to write to it: build runs these as well */
	RI_DOCTOR_REST = 1 << 2, /* what may be a warning at most, or is found out at once anyhow */
	RI_DOCTOR_VERSIONS = 1 << 3, /* and programs are run, for their versions */
	RI_DOCTOR_ALL = 15,
};

/** A check and what came of it. */
struct ri_checked {
	const char *name, *needs; /* borrowed; needs: what for, in words */
	enum ri_health health;
	bool room;            /* it is room that is missing */
	struct ri_buf found;  /* one line */
	struct ri_buf remedy; /* a command to paste, or a sentence; empty: none is needed */
};

#define RI_DOCTOR_ROWS 15 /* the most that there are */

/** The table, for ri_doctor_free. Zero-initialise it. */
struct ri_doctor {
	struct ri_checked v[RI_DOCTOR_ROWS];
	size_t n;
};

/**
 * Do the checks of @parts (RI_DOCTOR_…) on @h; those that are about something that is not there, such as
 * --output, leave no row.
 * @return 0; -1 RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_doctor_look(const struct ri_doctor_host *h, unsigned parts, struct ri_doctor *out,
    struct ri_err *e) RI_MUST_CHECK;
/** How many checks found something missing. */
size_t ri_doctor_missing(const struct ri_doctor *d);
/** @return 0 where nothing is missing; -1 RI_E_IO, of room RI_E_BUDGET: the first that is, with its remedy. */
int ri_doctor_refuse(const struct ri_doctor *d, struct ri_err *e) RI_MUST_CHECK;
void ri_doctor_free(struct ri_doctor *d);
/** "ok", "warning", "missing". */
const char *ri_health_word(enum ri_health health);
