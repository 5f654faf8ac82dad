// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * direct_tool: the direct reader from outside, for tests. IMAGE is a raw disk unless its name ends in
 * .qcow2, and behind "stage:" the overlay of a stage. MOUNT is DEVICE:MOUNTPOINT, the root first; a
 * "." ends them.
 *
 *   pack IMAGE ARCHIVE MOUNT... . RULE...      the tree packed by ramimg's packer
 *   tar ARCHIVE RULE... <TAR                   the same of a tar stream
 *   walk IMAGE MOUNT... .                      all of the tree read, for nothing
 *   ask IMAGE MOUNT... . OP PATH...            what OP says of each path
 *   hold IMAGE MOUNT... .                      "ready", then a walk once a line came
 *   os IMAGE                                   file systems, the root, its mounts
 *   facts IMAGE                                what ramimg's own inspection makes of it
 *   read-direct                                the reader itself, as it starts itself
 */
#include "guest/inspect.h"
#include "pack/pack.h"
#include "parse/tar.h"
#include "reader/client_tree.h"
#include "reader/reader.h"
#include "reader/server.h"
#include "support/parse_child.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_stage(const char *overlay, struct ri_guest **g, struct ri_err *e)
{
	struct ri_stage s = { .overlay = strdup(overlay), .dir = strdup(overlay) };
	struct ri_volume beside = RI_VOLUME_INIT; /* what it is an overlay of, whatever its name */
	int rc = -1;

	if (!s.overlay || !s.dir) {
		ri_nomem(e);
	} else {
		*strrchr(s.dir, '/') = '\0';
		beside.path = s.dir;
		s.volume = &beside;
		rc = ri_reader_open_stage(&s, g, e);
	}
	free(s.overlay);
	free(s.dir);
	return rc;
}

static int open_image(const char *path, struct ri_guest **g, struct ri_err *e)
{
	char raw[] = "raw", qcow2[] = "qcow2";
	size_t n = strlen(path);
	struct ri_volume v = RI_VOLUME_INIT;
	struct stat st;
	int rc;

	if (strncmp(path, "stage:", 6) == 0)
		return open_stage(path + 6, g, e);
	v.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (v.fd < 0 || fstat(v.fd, &st) < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be opened", path);
	v.path = strdup(path);
	v.format = n > 6 && strcmp(path + n - 6, ".qcow2") == 0 ? qcow2 : raw;
	v.size = (uint64_t)st.st_size;
	rc = v.path ? ri_reader_open(&v, g, e) : ri_nomem(e);
	free(v.path);
	close(v.fd);
	return rc;
}

/* Mount what @arg says up to the "."; *@arg is then behind it. */
static int mount_all(struct ri_guest *g, char ***arg, struct ri_err *e)
{
	for (; **arg && strcmp(**arg, ".") != 0; (*arg)++) {
		char *colon = strrchr(**arg, ':');

		if (!colon)
			return ri_fail(e, RI_E_USAGE, 0, "no mount: %s", **arg);
		*colon = '\0';
		if (g->ops->mount(g, **arg, colon + 1, true, e) < 0)
			return -1;
	}
	*arg += **arg != NULL;
	return 0;
}

static int take_rules(char **arg, struct ri_rules *r, struct ri_err *e)
{
	for (; *arg; arg++)
		if (ri_rule_check(*arg, e) < 0 || ri_strv_add(&r->patterns, *arg, e) < 0)
			return -1;
	return 0;
}

static int pack(struct ri_source *src, const char *archive, const struct ri_rules *rules,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_pack_opts o = { .compression = RI_GZIP, .rules = rules };
	RI_FD int fd = open(archive, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be created", archive);
	if (ri_pack(src, &o, fd, &r, e) < 0)
		return -1;
	printf("%llu entries, %llu bytes\n", (unsigned long long)r.entries,
	    (unsigned long long)r.tar_bytes);
	return 0;
}

static int do_pack(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
	const char *archive = arg[1];

	if (open_image(arg[0], &g, e) < 0)
		return -1;
	arg += 2;
	if (mount_all(g, &arg, e) < 0 || take_rules(arg, &rules, e) < 0 ||
	    ri_reader_source(g, &rules, &src, e) < 0)
		return -1;
	return pack(src, archive, &rules, e);
}

static int do_tar(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };

	if (take_rules(arg + 1, &rules, e) < 0 || ri_parse_tar(STDIN_FILENO, &src, e) < 0)
		return -1;
	return pack(src, arg[0], &rules, e);
}

static int walk(struct ri_guest *g, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	unsigned long long entries = 0, bytes = 0;
	struct archive_entry *entry = NULL;
	struct ri_source_block b;
	int rc;

	if (ri_reader_source(g, NULL, &src, e) < 0)
		return -1;
	while ((rc = src->ops->next(src, &entry, e)) == 0 && entry) {
		entries++;
		while ((rc = src->ops->data(src, &b, e)) > 0)
			bytes += b.n;
		if (rc < 0)
			return -1;
	}
	printf("%llu entries, %llu bytes\n", entries, bytes);
	return rc;
}

static int do_walk(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	return open_image(*arg++, &g, e) < 0 || mount_all(g, &arg, e) < 0 ? -1 : walk(g, e);
}

static int do_hold(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	if (open_image(*arg++, &g, e) < 0 || mount_all(g, &arg, e) < 0)
		return -1;
	puts("ready");
	fflush(stdout);
	getchar();
	return walk(g, e);
}

static int print_list(struct ri_guest *g, const char *path, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };

	if (g->ops->list(g, path, &names, &sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		printf("%s %lld\n", names.v[i], (long long)sizes[i]);
	return 0;
}

static int print_glob(struct ri_guest *g, const char *pattern, struct ri_err *e)
{
	RI_STRV names = { 0 };

	if (g->ops->glob(g, pattern, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		printf("%s\n", names.v[i]);
	return 0;
}

static int print_read(struct ri_guest *g, const char *path, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (g->ops->read(g, path, 1 << 20, &text, e) < 0)
		return -1;
	fwrite(text.p, 1, text.n, stdout);
	return 0;
}

static int print_value(struct ri_guest *g, const char *op, const char *path, struct ri_err *e)
{
	static const char *const kinds[] = { "none", "file", "dir", "link", "other" };
	char hex[RI_SHA256_HEX + 1];
	RI_FREE char *real = NULL;
	uint64_t size = 0, avail = 0;
	enum ri_kind kind;

	if (strcmp(op, "kind") == 0) {
		if (g->ops->kind(g, path, &kind, e) < 0)
			return -1;
		puts(kinds[kind]);
	} else if (strcmp(op, "resolve") == 0) {
		if (g->ops->resolve(g, path, &real, e) < 0)
			return -1;
		puts(real);
	} else if (strcmp(op, "sha256") == 0) {
		if (g->ops->sha256(g, path, hex, e) < 0)
			return -1;
		puts(hex);
	} else if (strcmp(op, "usage") == 0) {
		if (g->ops->usage(g, path, &size, e) < 0)
			return -1;
		printf("%llu\n", (unsigned long long)size);
	} else {
		if (g->ops->space(g, path, &size, &avail, e) < 0)
			return -1;
		printf("%llu %llu\n", (unsigned long long)size, (unsigned long long)avail);
	}
	return 0;
}

static int do_ask(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	const char *op;

	if (open_image(*arg++, &g, e) < 0 || mount_all(g, &arg, e) < 0)
		return -1;
	op = *arg++;
	for (; op && *arg; arg++) {
		int rc;

		if (strcmp(op, "list") == 0)
			rc = print_list(g, *arg, e);
		else if (strcmp(op, "glob") == 0)
			rc = print_glob(g, *arg, e);
		else if (strcmp(op, "read") == 0)
			rc = print_read(g, *arg, e);
		else if (strcmp(op, "download") == 0)
			return g->ops->download(g, arg[0], (uint64_t)1 << 40, arg[1], e);
		else
			rc = print_value(g, op, *arg, e);
		/* What is not there is an answer too. */
		if (rc < 0 && e->code != RI_E_IO)
			return -1;
		if (rc < 0)
			printf("error: %s\n", e->msg);
	}
	return 0;
}

static int print_device(struct ri_guest *g, const char *device, struct ri_err *e)
{
	RI_FREE char *uuid = NULL, *spec = NULL;
	struct ri_bootdev b = { 0 };
	RI_STRV tags = { 0 };

	if (g->ops->device(g, device, &uuid, &spec, &b, e) < 0 ||
	    g->ops->tags(g, device, &tags, e) < 0)
		return -1;
	printf("device %s %s disk %d part %d %s %s\n", uuid, spec, b.disk, b.part,
	    b.ptable ? b.ptable : "-", b.lvm_hint ? b.lvm_hint : "-");
	free(b.ptable);
	free(b.lvm_hint);
	for (size_t i = 0; i < tags.n; i++)
		printf("tag %s\n", tags.v[i]);
	return 0;
}

static int do_os(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	if (open_image(*arg, &g, e) < 0 || ri_inspect(g, true, &f, e) < 0)
		return -1;
	for (size_t i = 0; i < f.disk.n; i++)
		printf("fs %s %s\n", f.disk.v[i].device, f.disk.v[i].type);
	printf("%s %s\n", f.arch, f.os.pretty_name);
	for (size_t i = 0; i < f.mounts_n; i++) {
		printf("mount %s %s\n", f.mounts[i].mountpoint, f.mounts[i].device);
		if (print_device(g, f.mounts[i].device, e) < 0)
			return -1;
	}
	return 0;
}

static int do_facts(char **arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	if (open_image(*arg, &g, e) < 0 || ri_inspect(g, true, &f, e) < 0)
		return -1;
	printf("%s %s %s, root=%s\n", f.os.pretty_name, f.arch, f.initramfs, f.root_spec);
	for (size_t i = 0; i < f.mounts_n; i++)
		printf("mount %s %s %s%s\n", f.mounts[i].mountpoint, f.mounts[i].fstype,
		    f.mounts[i].uuid, &f.mounts[i] == f.boot ? " boot" : "");
	for (size_t i = 0; i < f.boot_files_n; i++)
		printf("boot %s\n", f.boot_files[i].name);
	for (size_t i = 0; i < f.modules.n; i++)
		printf("modules %s\n", f.modules.v[i]);
	for (size_t i = 0; i < RI_TEXTS; i++)
		printf("text %s %d\n", f.now[i].path, f.now[i].present);
	for (size_t i = 0; i < f.defaults_n; i++)
		printf("text %s %d\n", f.defaults[i].path, f.defaults[i].present);
	return 0;
}

static int do_read_direct(char **arg, struct ri_err *e)
{
	(void)arg;
	return ri_reader_serve(e);
}

static const struct {
	const char *name;
	int least;
	int (*run)(char **arg, struct ri_err *e);
} commands[] = {
	{ "pack", 4, do_pack },
	{ "tar", 1, do_tar },
	{ "walk", 2, do_walk },
	{ "hold", 2, do_hold },
	{ "ask", 4, do_ask },
	{ "os", 1, do_os },
	{ "facts", 1, do_facts },
	{ "read-direct", 0, do_read_direct },
};

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };
	int status;

	if (parse_child(argc, argv, &status))
		return status;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (argc < 2 + commands[i].least || strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (commands[i].run(argv + 2, &e) == 0)
			return 0;
		fprintf(stderr, "%s\n", e.msg);
		return e.code == RI_E_UNSUPPORTED ? 3 : 1;
	}
	return 2;
}
