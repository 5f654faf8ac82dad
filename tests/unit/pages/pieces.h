// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is written by hand in the source tree.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/files.h"

#include "pages/man.h"
#include "pages/man_settings.h"

struct pieces {
	struct ri_buf overview, settings, options, example;
	struct ri_man_pieces p;
};

static inline void pieces_read(struct pieces *s)
{
	slurp(SOURCE_DIR "/docs/man/ramimg.1.in", &s->overview);
	slurp(SOURCE_DIR "/docs/man/ramimg.conf.5.in", &s->settings);
	slurp(SOURCE_DIR "/docs/man/options.mdoc", &s->options);
	slurp(SOURCE_DIR "/configs/ramimg.conf", &s->example);
	s->p = (struct ri_man_pieces){ ri_buf_span(&s->overview), ri_buf_span(&s->settings),
		ri_buf_span(&s->options), ri_buf_span(&s->example) };
}

static inline void pieces_free(struct pieces *s)
{
	ri_buf_free(&s->overview);
	ri_buf_free(&s->settings);
	ri_buf_free(&s->options);
	ri_buf_free(&s->example);
}

static inline const struct ri_command *command_called(const char *name)
{
	for (size_t i = 0; i < ri_commands_n; i++)
		if (strcmp(ri_commands[i].name, name) == 0)
			return &ri_commands[i];
	fail_msg("no command %s", name);
	return NULL;
}

static inline bool has(const struct ri_buf *text, const char *want)
{
	return memmem(text->p, text->n, want, strlen(want)) != NULL;
}

static inline void need(const struct ri_buf *text, const char *want)
{
	if (!has(text, want))
		fail_msg("lacks [%s]: %.*s", want, (int)text->n, text->p);
}
