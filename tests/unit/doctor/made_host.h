// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A host that has all that a build needs, made up in a directory: a test takes something away from it. It is made
 * and looked at as root, if the test is, and as nobody.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "doctor/doctor.h"
#include "host/confine.h"
#include "host/hostfile.h"

#define KERNEL "boot/vmlinuz-6.1.0-9-amd64"
#define MODULES "lib/modules/6.1.0-9-amd64"

static struct made {
	struct ri_doctor_host h;
	struct ri_appliance_settings guestfs;
	char path[100], guestfs_path[200], cachedir[100], hv[100], mark[100];
	char stage[100], out[100], output[100], target[100];
	const char *vars[8]; /* name and value by turns */
	size_t n_vars;
	uint64_t avail;
	bool was_root;
} made;

static const char *made_env(const char *name)
{
	for (size_t i = 0; i < made.n_vars; i += 2)
		if (strcmp(made.vars[i], name) == 0)
			return made.vars[i + 1];
	return NULL;
}

static inline void made_var(const char *name, const char *value)
{
	made.vars[made.n_vars++] = name;
	made.vars[made.n_vars++] = value;
}

static bool made_space(const char *path, uint64_t *bytes)
{
	assert_int_equal(access(path, F_OK), 0);
	*bytes = made.avail;
	return made.avail != UINT64_MAX;
}

/* The saved one is the way back; programs that are started do not get it. */
static void made_be(bool root)
{
	uid_t uid = root ? 0 : RI_CONFINED_ID;

	if (made.was_root)
		assert_int_equal(setresuid(uid, uid, 0), 0);
}

static inline void made_dir(const char *name)
{
	char path[200], *slash;

	snprintf(path, sizeof path, "%s", tmp_path(name));
	for (slash = path + strlen(tmpdir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	assert_int_equal(mkdir(path, 0755), 0);
}

static inline void made_program(const char *name, const char *text)
{
	spit(tmp_path(name), ri_str(text));
	assert_int_equal(chmod(tmp_path(name), 0755), 0);
}

static void made_files(void)
{
	static const char *const dirs[] = { "boot", MODULES, "dev", "proc", "bin", "stage", "out",
		"guestfs/supermin.d", "var" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		made_dir(dirs[i]);
	spit(tmp_path(KERNEL), LIT("kernel"));
	spit(tmp_path(MODULES "/modules.dep"), LIT(""));
	spit(tmp_path("dev/kvm"), LIT(""));
	spit(tmp_path("proc/meminfo"), LIT("MemTotal: 9000000 kB\nMemAvailable:    4096000 kB\n"));
	spit(tmp_path("proc/cpuinfo"), LIT("flags : fpu vmx\n"));
	spit(tmp_path("target.raw"), LIT("0123456789"));
	made_program("bin/qemu-img",
	    "#!/bin/sh\n[ $1 = --version ] && echo qemu-img version 9.1\n");
	made_program("bin/qemu-nbd", "#!/bin/sh\necho qemu-nbd 9.1\n");
	made_program("bin/supermin", "#!/bin/sh\necho supermin 5.2\n");
	made_program("bin/qemu-system", "#!/bin/sh\necho QEMU 9.1\n");
}

#define MADE_TEXT(field, ...) snprintf(made.field, sizeof made.field, __VA_ARGS__)

/** A fresh one, for root or for a user, and this process that one. */
static inline void made_new(bool root)
{
	made = (struct made){ .was_root = made.was_root, .avail = 50ull << 30 };
	made_be(root);
	assert_int_equal(tmp_set_up(NULL), 0);
	made_files();
	MADE_TEXT(path, "%s/nowhere:%s/bin", tmpdir, tmpdir);
	MADE_TEXT(guestfs_path, "%s/no:%s/guestfs", tmpdir, tmpdir);
	MADE_TEXT(cachedir, "%s/var", tmpdir);
	MADE_TEXT(hv, "%s/bin/qemu-system", tmpdir);
	MADE_TEXT(mark, "%s/kvm-hangs", tmpdir);
	MADE_TEXT(stage, "%s/stage", tmpdir);
	MADE_TEXT(out, "%s/out/x/y", tmpdir);
	MADE_TEXT(output, "%s/new.qcow2", tmpdir);
	MADE_TEXT(target, "%s/target.raw", tmpdir);
	made.guestfs = (struct ri_appliance_settings){ .path = made.guestfs_path,
		.cachedir = made.cachedir,
		.hv = made.hv,
		.memsize = 1280 };
	made.h = (struct ri_doctor_host){ .root = tmpdir,
		.uid = geteuid(),
		.env = made_env,
		.space = made_space,
		.guestfs = &made.guestfs,
		.mark = made.mark,
		.stage_dir = made.stage,
		.out = made.out,
		.target = made.target };
	made_var("PATH", made.path);
}

static inline void made_end(void)
{
	static const char *const closed[] = { MODULES, "var", "out", "stage" };

	assert_int_equal(chdir("/"), 0);
	/* What a test has closed to a user. */
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		chmod(tmp_path(closed[i]), 0755);
	assert_int_equal(tmp_tear_down(NULL), 0);
	made_be(true);
}

/** Append @s with the test's directory as "T" and the user's number as "U". */
static inline void made_plain(const char *s, struct ri_buf *out)
{
	char own[40];

	snprintf(own, sizeof own, ".guestfs-%d", (int)made.h.uid);
	while (*s) {
		if (strncmp(s, tmpdir, strlen(tmpdir)) == 0) {
			ri_buf_add_str(out, "T");
			s += strlen(tmpdir);
		} else if (strncmp(s, own, strlen(own)) == 0) {
			ri_buf_add_str(out, ".guestfs-U");
			s += strlen(own);
		} else {
			ri_buf_add(out, s++, 1);
		}
	}
	assert_false(out->oom);
}
