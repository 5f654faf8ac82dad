// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/load.h"
#include "loader/archive.h"
#include "loader/await.h"
#include "loader/bootcount.h"
#include "loader/forms.h"
#include "loader/mounts.h"
#include "loader/ramneed.h"
#include "loader/shed.h"
#include "loader/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/*
 * The unpacking runs in a child process, so that whatever happens to it (the OOM killer, a fault)
 * there is somebody left to put the disk's root back. Both look at this.
 */
struct shared {
	struct ri_cons cons;
	struct ri_err err;
	bool loaded;
	struct ri_form_done done;
};

int ri_load_manifest(const struct ri_load_opts *o, struct ri_manifest *m, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_read_text(o->manifest, &text, e) < 0)
		return -1;
	if (ri_manifest_parse(ri_buf_span(&text), m, e) < 0)
		return ri_ctx(e, "%s", o->manifest);
	/* It names the most; with few CPUs it is less, and what it is not is the root's. */
	m->loader_bytes = ri_load_form(m)->memory(m->loader_bytes);
	return 0;
}

/** Let the kernel, out of memory, take the child before anybody else. */
static void volunteer(const char *proc)
{
	char path[256];
	RI_FD int fd = -1;

	snprintf(path, sizeof path, "%s/self/oom_score_adj", proc);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1000", 4) < 0)
		return; /* a kernel without it: the machine has been found large enough anyway */
}

static int await_child(const struct ri_load_opts *o, pid_t pid, const struct shared *sh,
    struct ri_err *e)
{
	int status;
	bool stuck;

	if (ri_await(pid, strtol(o->stall, NULL, 10) * 1000, &status, &stuck, e) < 0)
		return -1;
	if (stuck)
		return ri_fail(e, RI_E_IO, 0, "the unpacking process did nothing for %s s",
		    o->stall);
	if (WIFSIGNALED(status))
		return ri_fail(e, RI_E_IO, 0, "the unpacking process was killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (sh->err.code != RI_OK) {
		*e = sh->err;
		return -1;
	}
	if (!sh->loaded)
		return ri_fail(e, RI_E_IO, 0, "the unpacking process ended without a word");
	return 0;
}

static int run_child(const struct ri_load_opts *o, const struct ri_manifest *m,
    const struct ri_meminfo *mem, int fd, struct shared *sh, struct ri_err *e)
{
	pid_t pid = fork();

	if (pid < 0)
		return ri_fail(e, RI_E_IO, errno, "starting the unpacking process");
	if (pid == 0) {
		const struct ri_form_work w = { o, m, mem, fd, &sh->cons };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		volunteer(o->proc);
		sh->loaded = ri_load_form(m)->load(&w, &sh->done, &sh->err) == 0;
		_exit(!sh->loaded);
	}
	return await_child(o, pid, sh, e);
}

static int look_at_ram(const struct ri_load_opts *o, struct ri_meminfo *mem, struct ri_err *e)
{
	RI_BUF text = { 0 }, zones = { 0 };
	struct ri_err none;
	char path[512];

	if (ri_read_text(o->meminfo, &text, e) < 0 ||
	    ri_meminfo_parse(ri_buf_span(&text), mem, e) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/zoneinfo", o->proc);
	if (ri_read_text(path, &zones, &none) == 0)
		ri_zoneinfo_take(ri_buf_span(&zones), mem);
	return 0;
}

/* Where RAM is short, that of the initramfs' modules is taken; then it is looked at anew. */
static int has_room(const struct ri_load_opts *o, const struct ri_manifest *m,
    struct ri_meminfo *mem, struct ri_err *e)
{
	if (ri_ramneed_check(m, mem, m->loader_bytes, e) == 0)
		return 0;
	if (e->code != RI_E_BUDGET || m->shed_bytes == 0 || o->no_mount)
		return -1;
	*e = (struct ri_err){ 0 };
	if (ri_shed(o->initramfs, o->mountinfo, e) < 0 || look_at_ram(o, mem, e) < 0)
		return ri_ctx(e, "making room");
	return ri_ramneed_check(m, mem, m->loader_bytes, e);
}

static int check_first(const struct ri_load_opts *o, const struct ri_manifest *m,
    struct ri_meminfo *mem, int *fd, struct ri_err *e)
{
	if (look_at_ram(o, mem, e) < 0)
		return ri_ctx(e, "finding out how much RAM there is");
	if (has_room(o, m, mem, e) < 0)
		return -1;
	return ri_archive_open(o, m, fd, e);
}

/** An archive that the initrd brought has been unpacked: whoever runs next shall have its RAM. */
static void drop_archive(const struct ri_load_opts *o, const struct ri_manifest *m,
    struct ri_cons *cons)
{
	char path[512];

	/* An image is mounted, and is its memory. */
	if (!m->archive_in || m->form || o->no_mount)
		return;
	snprintf(path, sizeof path, "%s/%s", o->initramfs, m->archive);
	if (unlink(path) < 0)
		ri_cons_say(cons, "removing %s: %s", m->archive, strerror(errno));
}

/** The disk's file systems are not needed any more. What cannot be unmounted stays, and is said. */
static void let_go(const struct ri_load_opts *o, const struct ri_manifest *m, struct ri_cons *cons,
    struct ri_status *s)
{
	const char *points[] = { o->archive_root, o->aside };
	int64_t begun = ri_now_ms();
	struct ri_err e;

	if (!o->no_mount)
		ri_bootcount_reset(o->archive_root ? o->archive_root : o->aside, m, cons);
	drop_archive(o, m, cons);
	for (size_t i = 0; i < 2 && !o->no_mount; i++) {
		if (!points[i])
			continue;
		if (ri_mount_off_all(o->mountinfo, points[i], &e) < 0)
			ri_cons_say(cons, "%s", e.msg);
		else
			rmdir(points[i]);
	}
	s->ms[RI_PHASE_UNMOUNT] = ri_now_ms() - begun;
}

static void say_begin(const struct ri_manifest *m, struct ri_cons *cons)
{
	unsigned long long mib = (m->form ? m->archive_bytes : m->tar_bytes) >> 20;

	if (m->foreign)
		ri_cons_say(cons,
		    "unpacking a foreign archive into RAM: neither build nor length compared");
	else if (m->form && m->archive_in)
		ri_cons_say(cons, "checking %s, %llu MiB, in RAM", m->os, mib);
	else
		ri_cons_say(cons, "%s %s, %llu MiB, into RAM", m->form ? "copying" : "unpacking",
		    m->os, mib);
}

static int load_shared(const struct ri_load_opts *o, const struct ri_manifest *m, struct shared *sh,
    struct ri_err *e)
{
	int64_t begun = ri_now_ms();
	struct ri_meminfo mem;
	RI_FD int fd = -1;

	if (check_first(o, m, &mem, &fd, e) < 0)
		return -1;
	sh->done.ms[RI_PHASE_CHECK] = ri_now_ms() - begun;
	if (!sh->cons.quiet)
		say_begin(m, &sh->cons);
	return run_child(o, m, &mem, fd, sh, e);
}

static void report(const struct shared *sh, struct ri_status *s)
{
	s->bytes = sh->done.bytes;
	s->entries = sh->done.entries;
	s->loss = sh->done.loss;
	memcpy(s->ms, sh->done.ms, sizeof s->ms);
}

int ri_load(const struct ri_load_opts *o, const struct ri_manifest *m, struct ri_cons *cons,
    struct ri_status *s, struct ri_err *e)
{
	struct shared *sh =
	    mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct ri_err undo;
	int rc;

	if (sh == MAP_FAILED)
		return ri_nomem(e);
	sh->cons = *cons;
	rc = load_shared(o, m, sh, e);
	report(sh, s);
	*cons = sh->cons;
	munmap(sh, sizeof *sh);
	if (rc == 0) {
		let_go(o, m, cons, s);
		return 0;
	}
	if (ri_load_undo(o, &undo) < 0) {
		ri_ctx(&undo, "%s; then", e->msg);
		*e = undo;
	}
	return -1;
}
