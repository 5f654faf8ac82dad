// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/origin.h"

#include <inttypes.h>

int ri_origin_set(struct ri_job *job, const struct ri_setting *s, const char *where,
    struct ri_err *e)
{
	size_t i = (size_t)(s - ri_settings);
	char *copy = strdup(where);

	if (!job->origins)
		job->origins = calloc(ri_settings_n, sizeof *job->origins);
	if (!copy || !job->origins) {
		free(copy);
		return ri_nomem(e);
	}
	free(job->origins[i]);
	job->origins[i] = copy;
	return 0;
}

const char *ri_origin_of(const struct ri_job *job, const struct ri_setting *s)
{
	return job->origins ? job->origins[s - ri_settings] : NULL;
}

static void show_text(const char *text, struct ri_buf *out)
{
	ri_buf_add_str(out, "\"");
	for (const char *c = text ? text : ""; *c; c++) {
		if (*c == '"' || *c == '\\')
			ri_buf_addf(out, "\\%c", *c);
		else if ((unsigned char)*c < ' ')
			ri_buf_addf(out, "\\x%02x", (unsigned)(unsigned char)*c);
		else
			ri_buf_add(out, c, 1);
	}
	ri_buf_add_str(out, "\"");
}

/** In the largest unit that leaves nothing over. */
static void show_size(uint64_t bytes, struct ri_buf *out)
{
	static const char units[] = "KMGT";
	int unit = -1;

	while (unit < 3 && bytes != 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	if (unit < 0)
		ri_buf_addf(out, "%" PRIu64, bytes);
	else
		ri_buf_addf(out, "\"%" PRIu64 "%c\"", bytes, units[unit]);
}

static void show_list(const struct ri_strv *list, struct ri_buf *out)
{
	ri_buf_add_str(out, "[ ");
	for (size_t i = 0; i < list->n; i++) {
		show_text(list->v[i], out);
		ri_buf_add_str(out, i + 1 < list->n ? ", " : " ");
	}
	ri_buf_add_str(out, "]");
}

void ri_setting_show(const struct ri_setting *s, const struct ri_job *job, struct ri_buf *out)
{
	const void *f = (const char *)job + s->offset;

	switch (s->kind) {
	case RI_SET_BOOL:
		ri_buf_add_str(out, *(const bool *)f ? "true" : "false");
		break;
	case RI_SET_INT:
		ri_buf_addf(out, "%d", *(const int *)f);
		break;
	case RI_SET_SIZE:
		show_size(*(const uint64_t *)f, out);
		break;
	case RI_SET_STRING:
		show_text(*(char *const *)f, out);
		break;
	case RI_SET_ENUM:
		show_text(s->words[*(const int *)f], out);
		break;
	case RI_SET_LIST:
		show_list(f, out);
		break;
	}
}
