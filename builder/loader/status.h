// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * /run/ramimg/status: how the boot went, for whoever asks later. JSON, one key a line;
 * docs/loader.md describes the keys. Pure but for ri_status_write.
 */
#include "base/strv.h"
#include "loader/tree.h"

enum ri_phase {
	RI_PHASE_CHECK,
	RI_PHASE_UNPACK,
	RI_PHASE_FINISH,
	RI_PHASE_UNMOUNT,
	RI_PHASE_RELEASE,
	RI_PHASES
};

struct ri_status {
	bool in_ram;        /* "result": "ram", else "disk" */
	const char *reason; /* why not */
	const char
	    *build;       /* NULL while the manifest could not be read, and for a foreign archive */
	const char *form; /* of the root in RAM: a name of loader/forms.h; NULL: not known */
	bool foreign;     /* the archive is not one that ramimg built */
	uint64_t bytes, entries;
	struct ri_loss loss;
	int64_t ms[RI_PHASES];
	struct ri_strv released; /* disks let go of */
	struct ri_strv kept;     /* disks that were not, each with its reason: "sda: is mounted" */
};

void ri_status_render(const struct ri_status *s, struct ri_buf *out);
/**
 * Append the status text @old, as ri_status_render makes it, with other lists of disks and the time
 * of RI_PHASE_RELEASE, @ms. @return 0; -1 RI_E_VERIFY where it has no lists.
 */
int ri_status_released(struct ri_span old, const struct ri_strv *released,
    const struct ri_strv *kept, int64_t ms, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append @s as a JSON string. Bytes that are not UTF-8 become U+FFFD. */
void ri_json_string(struct ri_buf *out, const char *s);
/**
 * Put @text into the file @path by temporary name and rename; its directory is made if need be.
 * @return 0; -1 RI_E_IO.
 */
int ri_status_write(const char *path, struct ri_span text, struct ri_err *e) RI_MUST_CHECK;
