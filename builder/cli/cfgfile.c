// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cfgfile.h"

#include "base/suggest.h"
#include "cli/cfgfile_check.h"
#include "plan/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <limits.h>
#include <sys/stat.h>

/** The end of a file's name, where all of it would crowd out what is wrong in it. */
static const char *short_name(const char *name)
{
	size_t n = strlen(name);

	return n > 120 ? name + n - 120 : name;
}

/** Put "NAME:LINE" in front of the error. @return -1. */
static int at_line(const char *name, unsigned line, struct ri_err *e)
{
	return ri_ctx(e, "%s:%u", short_name(name), line);
}

/** "archive.zstd_level" of a setting, from the root's children down. */
static void add_path(const config_setting_t *s, struct ri_buf *out)
{
	const config_setting_t *parent = config_setting_parent(s);
	const char *name = config_setting_name(s);

	if (!parent)
		return;
	add_path(parent, out);
	ri_buf_addf(out, "%s%s", out->n > 0 ? "." : "", name ? name : "?");
}

static const char *kind_found(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a decimal point";
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	default:
		return "a list";
	}
}

static int put_list(const struct ri_setting *row, const config_setting_t *s, struct ri_job *job,
    struct ri_err *e)
{
	RI_STRV values = { 0 };
	int n = config_setting_length(s);

	for (int i = 0; i < n; i++) {
		const config_setting_t *el = config_setting_get_elem(s, (unsigned)i);

		if (config_setting_type(el) != CONFIG_TYPE_STRING)
			return ri_fail(e, RI_E_CONFIG, 0,
			    "element %d must be a text in quotes, not %s", i + 1, kind_found(el));
		if (ri_strv_add(&values, config_setting_get_string(el), e) < 0)
			return -1;
	}
	return ri_setting_set_list(row, job, &values, e);
}

static bool fits_kind(enum ri_setting_kind kind, const config_setting_t *s)
{
	int type = config_setting_type(s);
	bool whole = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;

	switch (kind) {
	case RI_SET_BOOL:
		return type == CONFIG_TYPE_BOOL;
	case RI_SET_INT:
		return whole;
	case RI_SET_SIZE:
		return whole || type == CONFIG_TYPE_STRING;
	case RI_SET_STRING:
	case RI_SET_ENUM:
		return type == CONFIG_TYPE_STRING;
	case RI_SET_LIST:
		return type == CONFIG_TYPE_ARRAY || type == CONFIG_TYPE_LIST;
	}
	return false;
}

static int put(const struct ri_setting *row, const config_setting_t *s, struct ri_job *job,
    struct ri_err *e)
{
	if (!fits_kind(row->kind, s))
		return ri_fail(e, RI_E_CONFIG, 0, "must be %s, not %s",
		    ri_setting_kind_name(row->kind), kind_found(s));
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_BOOL:
		return ri_setting_set_bool(row, job, config_setting_get_bool(s) != 0, e);
	case CONFIG_TYPE_STRING:
		return ri_setting_set_text(row, job, config_setting_get_string(s), e);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return ri_setting_set_int(row, job, config_setting_get_int64(s), e);
	default:
		return put_list(row, s, job, e);
	}
}

/** Whether some setting of the table lies below the group @path. */
static bool is_group(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < ri_settings_n; i++)
		if (strncmp(ri_settings[i].path, path, n) == 0 && ri_settings[i].path[n] == '.')
			return true;
	return false;
}

/** What stands in the table near @path: a setting, by its path or its last part, or a group. */
static int unknown(const char *path, struct ri_err *e)
{
	size_t best = SIZE_MAX, n = 0;
	const char *meant = NULL;

	for (size_t i = 0; i < ri_settings_n; i++) {
		const char *known = ri_settings[i].path, *dot = strchr(known, '.');
		char group[32];

		snprintf(group, sizeof group, "%.*s", (int)(dot - known), known);
		if (ri_suggest_better(path, known, &best) ||
		    ri_suggest_better(path, dot + 1, &best)) {
			meant = known;
			n = strlen(known);
		} else if (ri_suggest_better(path, group, &best)) {
			meant = known;
			n = strlen(group);
		}
	}
	if (meant)
		return ri_fail(e, RI_E_CONFIG, 0, "unknown setting; did you mean %.*s?", (int)n,
		    meant);
	return ri_fail(e, RI_E_CONFIG, 0, "unknown setting");
}

static int note(const char *name, const struct ri_setting *row, const config_setting_t *s,
    struct ri_job *job, struct ri_err *e)
{
	RI_BUF where = { 0 };

	ri_buf_addf(&where, "%s:%u", name, config_setting_source_line(s));
	return ri_buf_check(&where, e) < 0 ? -1 : ri_origin_set(job, row, where.p, e);
}

/** One setting of a group; one whose path the table does not have is an error. */
static int put_known(const char *name, const char *path, const config_setting_t *s,
    struct ri_job *job, struct ri_err *e)
{
	const struct ri_setting *row = ri_setting_find(path);

	if (row)
		return put(row, s, job, e) < 0 ? -1 : note(name, row, s, job, e);
	if (is_group(path))
		return ri_fail(e, RI_E_CONFIG, 0, "must be a group { … } of settings, not %s",
		    kind_found(s));
	return unknown(path, e);
}

/** The settings in @group. Groups outside the table are not entered, which bounds the depth. */
static int walk(const char *name, const config_setting_t *group, struct ri_job *job,
    struct ri_err *e)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		RI_BUF path = { 0 };

		add_path(s, &path);
		if (ri_buf_check(&path, e) < 0)
			return -1;
		if (config_setting_is_group(s) && is_group(path.p)) {
			if (walk(name, s, job, e) < 0)
				return -1;
		} else if (put_known(name, path.p, s, job, e) < 0) {
			ri_ctx(e, "%.100s", path.p);
			return at_line(name, config_setting_source_line(s), e);
		}
	}
	return 0;
}

int ri_cfgfile_parse(const char *name, struct ri_span text, struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(config_destroy) config_t c;
	RI_FREE char *copy = NULL;
	unsigned line;

	config_init(&c);
	if (ri_cfgscan(text, &line, e) < 0)
		return at_line(name, line, e);
	copy = ri_span_dup(text);
	if (!copy)
		return ri_nomem(e);
	if (config_read_string(&c, copy) != CONFIG_TRUE) {
		ri_fail(e, RI_E_CONFIG, 0, "%s", config_error_text(&c));
		return at_line(name, (unsigned)config_error_line(&c), e);
	}
	return walk(name, config_root_setting(&c), job, e);
}

/** Read all of the regular file @fd into @out. */
static int slurp(int fd, struct ri_buf *out, struct ri_err *e)
{
	struct stat st;
	char part[16384];
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_CONFIG, errno, "cannot be examined");
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_CONFIG, 0, "is not a regular file");
	do {
		n = read(fd, part, sizeof part);
		if (n > 0)
			ri_buf_add(out, part, (size_t)n);
		if (out->n > RI_CFGFILE_MAX)
			return ri_fail(e, RI_E_CONFIG, 0,
			    "is larger than 1 MiB, too large for a configuration");
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return ri_fail(e, RI_E_CONFIG, errno, "cannot be read");
	return ri_buf_check(out, e);
}

int ri_cfgfile_read(const char *path, bool optional, struct ri_job *job, struct ri_err *e)
{
	/* O_NONBLOCK: opening a fifo must not wait for somebody to write into it. */
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	RI_BUF text = { 0 };

	if (fd < 0 && optional && errno == ENOENT)
		return 0;
	if (fd < 0)
		return ri_fail(e, RI_E_CONFIG, errno, "opening the configuration %.1000s", path);
	if (slurp(fd, &text, e) < 0)
		return ri_ctx(e, "the configuration %s", short_name(path));
	return ri_cfgfile_parse(path, ri_buf_span(&text), job, e);
}
