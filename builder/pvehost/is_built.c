// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/is_built.h"
#include "base/cancel.h"
#include "host/json.h"
#include "host/process.h"
#include "plan/guest_paths.h"

#include <stdint.h>
#include <sys/stat.h>

#define LIMIT_S 10

/* As a file on the root's file system, and on a separate /boot's. */
static const char *const traces[] = { "stat " RI_PATH_STATE, "stat " RI_PATH_INITRD,
	"stat /initrd.img-ramboot" };

/* Out of memory and a signal end it; a program that is absent or fails only tells nothing. */
static int ask(const char *const *argv, struct ri_process_result *r, bool *answered,
    struct ri_err *e)
{
	struct ri_process_opts opts = { .timeout_s = LIMIT_S };
	struct ri_err why = { 0 };

	*answered = ri_process_run(argv, &opts, r, &why) == 0;
	if (!*answered && (why.code == RI_E_NOMEM || why.code == RI_E_CANCELLED)) {
		*e = why;
		return -1;
	}
	return 0;
}

/* Look into the file system at @offset: unknown where debugfs takes it for none of its. */
static int look_at(const char *path, json_int_t offset, enum ri_built *out, struct ri_err *e)
{
	RI_BUF device = { 0 };

	ri_buf_addf(&device, "%s?offset=%lld", path, (long long)offset);
	if (ri_buf_check(&device, e) < 0)
		return -1;
	*out = RI_BUILT_NO;
	for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
		const char *argv[] = { "debugfs", "-c", "-R", traces[i], device.p, NULL };
		RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
		bool answered;

		if (ask(argv, &r, &answered, e) < 0)
			return -1;
		if (answered && r.out.p && strstr(r.out.p, "Inode: ")) {
			*out = RI_BUILT_YES;
			return 0;
		}
		if (!answered || !r.err.p || !strstr(r.err.p, "File not found by ext2_lookup")) {
			*out = RI_BUILT_UNKNOWN;
			return 0;
		}
	}
	return 0;
}

/* Yes where one of them says so; no where at least one could be read and none says so. */
static int look_in_parts(const char *path, json_t *table, enum ri_built *out, struct ri_err *e)
{
	json_int_t sector = json_integer_value(json_object_get(table, "sectorsize"));
	size_t i;
	json_t *part;

	json_array_foreach(json_object_get(table, "partitions"), i, part)
	{
		json_int_t start = json_integer_value(json_object_get(part, "start"));
		enum ri_built here = RI_BUILT_UNKNOWN;

		if (start <= 0 || start > INT64_MAX / 65536 || *out == RI_BUILT_YES)
			continue;
		if (look_at(path, start * (sector > 0 && sector <= 65536 ? sector : 512), &here,
			e) < 0)
			return -1;
		if (here != RI_BUILT_UNKNOWN)
			*out = here;
	}
	return 0;
}

int ri_is_built(const char *path, const char *format, enum ri_built *out, struct ri_err *e)
{
	const char *argv[] = { "sfdisk", "--json", path, NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	RI_JSON root = NULL;
	struct stat st;
	bool answered;

	*out = RI_BUILT_UNKNOWN;
	/* A "?" in the path would begin debugfs's options. */
	if (strcmp(format, "raw") != 0 || path[0] != '/' || strchr(path, '?') ||
	    stat(path, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return 0;
	if (ask(argv, &r, &answered, e) < 0)
		return -1;
	if (!answered || r.status != 0)
		return 0;
	root = json_loadb(r.out.p ? r.out.p : "", r.out.n, 0, NULL);
	return look_in_parts(path, json_object_get(root, "partitiontable"), out, e);
}
