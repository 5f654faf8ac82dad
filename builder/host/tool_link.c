// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tool_link.h"
#include "host/hostfile.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define FILES RI_TOOL_LINK ".files"
#define FILES_MAX ((size_t)1 << 20)
#define ARGUMENT 'a' /* before an argument; a digit of enum ri_landlock_may before a file */

static void add(struct ri_buf *b, char kind, const char *text)
{
	ri_buf_add(b, &kind, 1);
	ri_buf_add(b, text, strlen(text) + 1);
}

int ri_tool_link(const struct ri_dir *d, const char *program, const struct ri_strv *arguments,
    const struct ri_tool *t, struct ri_err *e)
{
	RI_BUF b = { 0 };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "/proc/self/exe");
	self[n] = '\0';
	add(&b, 'p', program);
	for (size_t i = 0; i < arguments->n; i++)
		add(&b, ARGUMENT, arguments->v[i]);
	for (size_t i = 0; i < t->n; i++)
		add(&b, (char)('0' + t->files[i].may), t->files[i].path);
	if (ri_buf_check(&b, e) < 0 || ri_dir_put(d, FILES, ri_buf_span(&b), 0600, e) < 0 ||
	    ri_dir_remove(d, RI_TOOL_LINK, e) < 0)
		return -1;
	return ri_dir_symlink(d, RI_TOOL_LINK, self, e);
}

bool ri_tool_is_link(const char *argv0)
{
	return argv0 && strcmp(ri_file_base(argv0), RI_TOOL_LINK) == 0;
}

/* What the link is to become; the strings are those of @text. */
struct becoming {
	struct ri_buf text;
	char **argv; /* terminated by NULL */
	size_t argc;
	struct ri_tool_file *files;
	size_t n;
};

static void becoming_free(struct becoming *b)
{
	ri_buf_free(&b->text);
	free(b->argv);
	free(b->files);
}

static int parse(struct becoming *b, struct ri_err *e)
{
	char *p = b->text.p, *end = p ? p + b->text.n : p;

	while (p < end) {
		char kind = *p++, *text = p;

		p = memchr(p, '\0', (size_t)(end - p));
		if (!p)
			return ri_fail(e, RI_E_IO, 0, "it is cut short");
		p++;
		if (kind == 'p')
			b->argv[0] = text;
		else if (kind == ARGUMENT)
			b->argv[b->argc++] = text;
		else if (kind >= '0' && kind <= '0' + RI_LANDLOCK_FILL)
			b->files[b->n++] =
			    (struct ri_tool_file){ text, (enum ri_landlock_may)(kind - '0') };
	}
	return b->argv[0] ? 0 : ri_fail(e, RI_E_IO, 0, "it names no program");
}

/* Each record takes two bytes at least: so many are the most. */
static int read_it(const char *argv0, int argc, char **argv, struct becoming *b, struct ri_err *e)
{
	RI_FREE char *path = NULL;

	if (asprintf(&path, "%s.files", argv0) < 0) {
		path = NULL;
		return ri_nomem(e);
	}
	if (ri_file_read(path, FILES_MAX, &b->text, e) < 0)
		return -1;
	b->argv = calloc(b->text.n / 2 + (size_t)argc + 2, sizeof *b->argv);
	b->files = calloc(b->text.n / 2 + 1, sizeof *b->files);
	if (!b->argv || !b->files)
		return ri_nomem(e);
	b->argc = 1;
	for (int i = 1; i < argc; i++)
		b->argv[b->argc++] = argv[i];
	return parse(b, e) < 0 ? ri_ctx(e, "%s", path) : 0;
}

int ri_tool_become(int argc, char **argv, struct ri_err *e)
{
	RI_ON_EXIT(becoming_free) struct becoming b = { 0 };
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;
	struct ri_tool tool = { .appliance = true };
	const char *name = ri_file_base(argv[0]);
	RI_FREE char *dir = strndup(argv[0], (size_t)(name - argv[0]));

	if (!dir)
		return ri_nomem(e);
	if (read_it(argv[0], argc, argv, &b, e) < 0)
		return -1;
	tool.files = b.files;
	tool.n = b.n;
	if (ri_tool_prepare(&tool, b.argv[0], &r, e) < 0)
		return -1;
	/* QEMU makes files for -snapshot; the link's directory is where it can. */
	if (setenv("TMPDIR", dir, 1) < 0)
		return ri_nomem(e);
	if (ri_tool_enter(&r) < 0)
		return ri_fail(e, RI_E_IO, errno, "confining %s", b.argv[0]);
	execv(r.program, b.argv);
	return ri_fail(e, RI_E_IO, errno, "cannot run %s", b.argv[0]);
}
