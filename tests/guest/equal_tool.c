// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * equal_tool DIR IMAGE: what both readers, the appliance and the direct one, make of a raw disk. Prints
 * which of them tell its facts: "both", "appliance: " and why the direct one was not sure, or "none: "
 * and why. Where both do, DIR gets all facts and the whole tree of each: appliance.facts,
 * appliance.tar.gz, direct.facts and direct.tar.gz. Where only the appliance does, it gets its tree in both ways that
 * there are to read it: appliance.tar.gz by the tree disk, slower.tar.gz by libguestfs's own. That the tree disk was
 * used is printed, too.
 */
#include "appliance/appliance.h"
#include "base/log.h"
#include "build/session.h"
#include "guest/inspect.h"
#include "guest/mounts.h"
#include "host/tool_link.h"
#include "pack/pack.h"
#include "reader/reader.h"
#include "reader/server.h"
#include "support/parse_child.h"

#include <fcntl.h>

static void put_text(struct ri_buf *b, const char *what, const struct ri_text *t)
{
	ri_buf_addf(b, "%s %s %d %zu\n", what, t->path ? t->path : "-", t->present, t->bytes.n);
	ri_buf_add_span(b, ri_buf_span(&t->bytes));
	ri_buf_add_str(b, "\n");
}

static void put_list(struct ri_buf *b, const char *what, const struct ri_strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		ri_buf_addf(b, "%s %s\n", what, v->v[i]);
}

static const char *known(const char *s)
{
	return s ? s : "-";
}

/* All of the facts. */
static void put_facts(struct ri_buf *b, const struct ri_facts *f)
{
	ri_buf_addf(b, "os %s|%s, %s, root=%s, initramfs %s, grub %d\n", f->os.id,
	    f->os.pretty_name, f->arch, f->root_spec, f->initramfs, f->grub);
	for (size_t i = 0; i < f->mounts_n; i++)
		ri_buf_addf(b, "mount %s %s %s %s %llu %llu%s\n", f->mounts[i].mountpoint,
		    f->mounts[i].device, f->mounts[i].fstype, f->mounts[i].uuid,
		    (unsigned long long)f->mounts[i].bytes,
		    (unsigned long long)f->mounts[i].free_bytes,
		    &f->mounts[i] == f->boot ? " boot" : "");
	ri_buf_addf(b, "bootdev %d %d %s %s\n", f->bootdev.disk, f->bootdev.part,
	    known(f->bootdev.ptable), known(f->bootdev.lvm_hint));
	for (size_t i = 0; i < f->disk.n; i++) {
		ri_buf_addf(b, "device %s %s\n", f->disk.v[i].device, f->disk.v[i].type);
		put_list(b, "name", &f->disk.v[i].names);
	}
	for (size_t i = 0; i < f->boot_files_n; i++)
		ri_buf_addf(b, "boot %s %llu\n", f->boot_files[i].name, f->boot_files[i].size);
	put_list(b, "modules", &f->modules);
	for (size_t i = 0; i < RI_TEXTS; i++) {
		put_text(b, "now", &f->now[i]);
		put_text(b, "orig", &f->orig[i]);
		put_text(b, "ours", &f->ours[i]);
	}
	put_text(b, "copy", &f->fstab_copy);
	put_text(b, "grubenv", &f->grubenv);
	for (size_t i = 0; i < f->defaults_n; i++)
		put_text(b, "default", &f->defaults[i]);
	ri_buf_addf(b, "%d %d %d %d %d\n", f->grubenv_ours, f->defaults_dir, f->defaults_dir_ours,
	    f->built, f->cloud_init);
}

/*
 * All that the guest has but for what two patterns match: no rules. One is of guests/odd.sh's files alone, the other
 * of a snapshot, which a build leaves out as well: where a subvolume was in it, the kernel makes up a directory that
 * was changed at the moment when it is first looked at.
 */
static int pack(struct ri_guest *g, const char *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	const struct ri_pack_opts o = { .compression = RI_GZIP };
	RI_STRV excludes = { 0 };
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	RI_FD int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be created", path);
	return ri_strv_add(&excludes, "./opt/odd/it's \\[not] $HOME", e) < 0 ||
		       ri_strv_add(&excludes, "./.snapshots/7/snapshot", e) < 0 ||
		       g->ops->source(g, NULL, &excludes, &src, e) < 0
		   ? -1
		   : ri_pack(src, &o, fd, &r, e);
}

static int write_facts(const char *path, const struct ri_facts *f, struct ri_err *e)
{
	RI_FILE FILE *out = fopen(path, "w");
	RI_BUF b = { 0 };

	put_facts(&b, f);
	if (ri_buf_check(&b, e) < 0)
		return -1;
	return out && fwrite(b.p, 1, b.n, out) == b.n && fflush(out) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "%s cannot be written", path);
}

/* Both, as a session has them: opened for reading, nothing is written to the volume. */
struct both {
	struct ri_volume volume;
	struct ri_stage stage;
	struct ri_guest_rw *appliance;
	struct ri_guest *direct;
	struct ri_facts told, told_directly;
};

static void both_end(struct both *b)
{
	ri_facts_free(&b->told);
	ri_facts_free(&b->told_directly);
	ri_guest_closep(&b->direct);
	ri_guest_rw_closep(&b->appliance);
	ri_stage_discard(&b->stage);
	ri_volume_close(&b->volume);
}

static int tell(struct ri_guest *g, const struct ri_facts *f, const char *dir, const char *who,
    struct ri_err *e)
{
	RI_FREE char *facts = NULL, *tar = NULL;

	if (asprintf(&facts, "%s/%s.facts", dir, who) < 0 ||
	    asprintf(&tar, "%s/%s.tar.gz", dir, who) < 0)
		return ri_nomem(e);
	return write_facts(facts, f, e) < 0 || pack(g, tar, e) < 0 ? -1 : 0;
}

/* A second one, which is not told beforehand that it will read everything. */
static int read_slower(struct both *b, const char *dir, struct ri_err *e)
{
	const struct ri_appliance_use use = { .kvm = RI_KVM_AUTO };
	RI_FREE char *tar = NULL;

	if (asprintf(&tar, "%s/slower.tar.gz", dir) < 0)
		return ri_nomem(e);
	ri_guest_rw_closep(&b->appliance);
	return ri_appliance_open(&b->stage, &use, &b->appliance, e) < 0 ||
		       ri_guest_mount_all(&b->appliance->g, &b->told, true, e) < 0
		   ? -1
		   : pack(&b->appliance->g, tar, e);
}

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	(void)arg, (void)total;
	if (how == RI_PROGRESS_ENDS && strcmp(phase, "reading in the appliance") == 0 && done > 0)
		puts("by the tree disk");
}

static int compare(struct both *b, const char *dir, struct ri_err *e)
{
	const struct ri_appliance_use use = { .reads = true };
	struct ri_err why = { 0 }, unsure = { 0 };
	int rc, direct;

	if (ri_appliance_open(&b->stage, &use, &b->appliance, e) < 0)
		return -1;
	direct = ri_reader_open(&b->volume, &b->direct, &unsure);
	if (direct == 0)
		direct = ri_inspect(b->direct, true, &b->told_directly, &unsure);
	rc = ri_inspect(&b->appliance->g, true, &b->told, &why);
	if (direct < 0) {
		printf("%s: %s\n", rc < 0 ? "none" : "appliance", unsure.msg);
		return rc < 0 ? 0
		       : tell(&b->appliance->g, &b->told, dir, "appliance", e) < 0
			   ? -1
			   : read_slower(b, dir, e);
	}
	if (rc < 0)
		return ri_fail(e, RI_E_VERIFY, 0, "only the direct reader takes it: %s", why.msg);
	puts("both");
	return tell(&b->appliance->g, &b->told, dir, "appliance", e) < 0
		   ? -1
		   : tell(b->direct, &b->told_directly, dir, "direct", e);
}

static int run(const char *dir, const char *image, struct ri_err *e)
{
	RI_ON_EXIT(both_end) struct both b = { .volume = RI_VOLUME_INIT };

	return ri_volume_open(image, "raw", RI_VOLUME_READ, &b.volume, e) < 0 ||
		       ri_stage_new(&b.volume, dir, true, &b.stage, e) < 0
		   ? -1
		   : compare(&b, dir, e);
}

int main(int argc, char **argv)
{
	static const struct ri_log_sink sink = { .progress = on_progress };
	struct ri_err e = { 0 };
	int status;

	if (ri_tool_is_link(argv[0])) /* the appliance's QEMU */
		return ri_tool_become(argc, argv, &e) < 0 ? 1 : 0;
	if (parse_child(argc, argv, &status))
		return status;
	if (argc == 2 && strcmp(argv[1], "read-direct") == 0)
		return ri_reader_serve(&e) == 0 ? 0 : 1;
	if (argc != 3)
		return 2;
	ri_log_set_sink(&sink);
	if (run(argv[1], argv[2], &e) == 0)
		return 0;
	fprintf(stderr, "%s\n", e.msg);
	return 1;
}
