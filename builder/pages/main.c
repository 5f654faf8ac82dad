// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* ramimg_pages SOURCE OUTPUT: what is made of the tables, below OUTPUT as it is to be below share/. Its directories are there. */
#include "host/hostfile.h"
#include "pages/bash.h"
#include "pages/fish.h"
#include "pages/man.h"
#include "pages/man_settings.h"
#include "pages/zsh.h"

#include <errno.h>
#include <fcntl.h>

#define LIMIT ((size_t)1 << 20)

/** A file of the source tree. @optional: one that is not there is empty. */
static int get(const char *source, const char *name, bool optional, struct ri_buf *out,
    struct ri_err *e)
{
	RI_FREE char *path = ri_file_join(source, name);

	if (!path)
		return ri_nomem(e);
	if (optional && access(path, F_OK) < 0)
		return 0;
	return ri_file_read(path, LIMIT, out, e);
}

static int put(const char *dir, const char *name, const struct ri_buf *text, struct ri_err *e)
{
	RI_FREE char *path = ri_file_join(dir, name);
	RI_FD int fd = -1;

	if (!path)
		return ri_nomem(e);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	return ri_file_write(fd, ri_buf_span(text), path, e);
}

/** The texts that the pieces are of. */
struct texts {
	struct ri_buf overview, settings, options, example;
};

static void texts_free(struct texts *t)
{
	ri_buf_free(&t->overview);
	ri_buf_free(&t->settings);
	ri_buf_free(&t->options);
	ri_buf_free(&t->example);
}

static int commands(const char *source, const struct ri_man_pieces *p, const char *dir,
    struct ri_err *e)
{
	for (size_t i = 0; i < ri_commands_n; i++) {
		RI_BUF more = { 0 };
		RI_BUF page = { 0 };
		char name[100];

		if (!ri_commands[i].summary)
			continue;
		snprintf(name, sizeof name, "docs/man/%s.mdoc", ri_commands[i].name);
		if (get(source, name, true, &more, e) < 0 ||
		    ri_man_command(&ri_commands[i], p, ri_buf_span(&more), &page, e) < 0)
			return -1;
		snprintf(name, sizeof name, "ramimg-%s.1", ri_commands[i].name);
		if (put(dir, name, &page, e) < 0)
			return -1;
	}
	return 0;
}

static int pages(const char *source, const char *output, struct ri_err *e)
{
	RI_ON_EXIT(texts_free) struct texts t = { 0 };
	RI_FREE char *first = ri_file_join(output, "man/man1");
	RI_FREE char *fifth = ri_file_join(output, "man/man5");
	struct ri_man_pieces p;
	RI_BUF overview = { 0 };
	RI_BUF settings = { 0 };

	if (!first || !fifth)
		return ri_nomem(e);
	if (get(source, "docs/man/ramimg.1.in", false, &t.overview, e) < 0 ||
	    get(source, "docs/man/ramimg.conf.5.in", false, &t.settings, e) < 0 ||
	    get(source, "docs/man/options.mdoc", false, &t.options, e) < 0 ||
	    get(source, "configs/ramimg.conf", false, &t.example, e) < 0)
		return -1;
	p = (struct ri_man_pieces){ ri_buf_span(&t.overview), ri_buf_span(&t.settings),
		ri_buf_span(&t.options), ri_buf_span(&t.example) };
	if (ri_man_overview(&p, &overview, e) < 0 || put(first, "ramimg.1", &overview, e) < 0 ||
	    ri_man_settings(&p, &settings, e) < 0 || put(fifth, "ramimg.conf.5", &settings, e) < 0)
		return -1;
	return commands(source, &p, first, e);
}

static int completions(const char *output, struct ri_err *e)
{
	static const struct {
		const char *dir, *name;
		int (*make)(struct ri_buf *out, struct ri_err *e);
	} all[] = {
		{ "bash-completion/completions", "ramimg", ri_complete_bash },
		{ "zsh/vendor-completions", "_ramimg", ri_complete_zsh },
		{ "fish/vendor_completions.d", "ramimg.fish", ri_complete_fish },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		RI_FREE char *dir = ri_file_join(output, all[i].dir);
		RI_BUF text = { 0 };

		if (!dir)
			return ri_nomem(e);
		if (all[i].make(&text, e) < 0 || put(dir, all[i].name, &text, e) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };

	if (argc != 3) {
		fputs("usage: ramimg_pages SOURCE OUTPUT\n", stderr);
		return 2;
	}
	if (pages(argv[1], argv[2], &e) == 0 && completions(argv[2], &e) == 0)
		return 0;
	fprintf(stderr, "ramimg_pages: %s\n", e.msg);
	return 1;
}
