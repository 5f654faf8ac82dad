// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A Proxmox VE host as a folder: configurations, locks and storage.cfg below the test's own directory,
 * and what was logged meanwhile.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "base/log.h"
#include "host/hostfile.h"
#include "pvehost/pvevm.h"

#define HOST_CFG                                                                                   \
	"dir: local\n\tpath /var/lib/vz\n\tcontent iso,images\n\n"                                 \
	"lvm: san\n\tvgname san\n\tshared 1\n\tcontent images\n"

static struct ri_pvehost host;
static struct ri_buf host_log; /* lines above debug, in order */

static inline void host_logged(void *arg, enum ri_level level, const char *text)
{
	(void)arg, (void)level;
	ri_buf_addf(&host_log, "%s\n", text);
}

/** A file below the host's root, its directories made. */
static inline void host_put(const char *name, const char *text)
{
	RI_FREE char *path = strdup(tmp_path(name));
	RI_FREE char *dir = strdup(path);
	struct ri_err e = { 0 };

	*strrchr(dir, '/') = '\0';
	check_ok(name, make_dirs(dir, &e), &e);
	spit(path, ri_str(text));
}

static inline void host_vm(unsigned vmid, const char *text)
{
	char name[80];

	snprintf(name, sizeof name, "etc/pve/nodes/pve1/qemu-server/%u.conf", vmid);
	host_put(name, text);
}

/** Read storage.cfg (again). */
static inline void host_open(const char *storage_cfg)
{
	struct ri_err e = { 0 };

	ri_pvehost_close(&host);
	host_put("etc/pve/storage.cfg", storage_cfg);
	check_ok("host", ri_pvehost_open(tmpdir, &host, &e), &e);
}

static inline int host_set_up(void **state)
{
	static struct ri_log_sink sink = { .line = host_logged, .level = RI_LOG_INFO };

	if (tmp_set_up(state) < 0)
		return -1;
	host_vm(100, "name: other\n");
	host_put("var/lock/qemu-server/.made", "");
	host_put("var/run/qemu-server/.made", "");
	assert_int_equal(unlink(tmp_path("etc/pve/nodes/pve1/qemu-server/100.conf")), 0);
	assert_int_equal(symlink("nodes/pve1", tmp_path("etc/pve/local")), 0);
	host_open(HOST_CFG);
	ri_log_set_sink(&sink);
	return 0;
}

static inline int host_tear_down(void **state)
{
	ri_log_set_sink(NULL);
	ri_buf_free(&host_log);
	ri_pvehost_close(&host);
	return tmp_tear_down(state);
}

/** @format with the host's root for its only %s. Two results at a time live. */
static inline const char *rooted(const char *format)
{
	static struct ri_buf text[2];
	static unsigned turn;

	turn = (turn + 1) % 2;
	ri_buf_free(&text[turn]);
	for (const char *c = format; *c; c++) {
		if (c[0] == '%' && c[1] == 's') {
			ri_buf_add_str(&text[turn], tmpdir);
			c++;
		} else {
			ri_buf_add(&text[turn], c, 1);
		}
	}
	return text[turn].p;
}

/** What was logged since the last call is @want. */
static inline void check_log(const char *want)
{
	check_span("log", ri_buf_span(&host_log), ri_str(want));
	ri_buf_free(&host_log);
}

/**
 * A program in front of the real ones: notes its call, fails where that is the call which the file
 * "fail-at" counts to, then does @script.
 */
static inline void host_program(const char *name, const char *script)
{
	RI_BUF text = { 0 };
	RI_BUF first = { 0 };
	char path[80];

	ri_buf_addf(&text,
	    "#!/bin/sh\necho \"%s $*\" >> %s/calls\n"
	    "[ \"$(wc -l < %s/calls)\" = \"$(cat %s/fail-at)\" ] && { echo broken >&2; exit 1; }\n%s\n",
	    name, tmpdir, tmpdir, tmpdir, script);
	snprintf(path, sizeof path, "bin/%s", name);
	host_put(path, text.p);
	assert_int_equal(chmod(tmp_path(path), 0755), 0);
	ri_buf_addf(&first, "%s/bin:/usr/bin:/bin", tmpdir);
	assert_int_equal(setenv("PATH", first.p, 1), 0);
}

/** No program was called yet, and the @nth call fails (0: none). */
static inline void host_calls_begin(size_t nth)
{
	char number[24];

	snprintf(number, sizeof number, "%zu", nth);
	host_put("fail-at", number);
	host_put("calls", "");
}

/** The calls so far, a line each, without the host's root; for ri_buf_free. */
static inline struct ri_buf host_calls(void)
{
	struct ri_buf out = { 0 };
	RI_BUF all = { 0 };

	slurp(tmp_path("calls"), &all);
	for (const char *c = all.p ? all.p : ""; *c; c++) {
		if (strncmp(c, tmpdir, strlen(tmpdir)) == 0)
			c += strlen(tmpdir) - 1;
		else
			ri_buf_add(&out, c, 1);
	}
	return out;
}

#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, host_set_up, host_tear_down)
