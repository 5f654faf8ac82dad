// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sys/stat.h>

static const char disks_key[] = "\t\"released\": ";
static const char seconds_key[] = "\t\"seconds\": ";

static const char *const phases[RI_PHASES] = {
	[RI_PHASE_CHECK] = "check",
	[RI_PHASE_UNPACK] = "unpack",
	[RI_PHASE_FINISH] = "finish",
	[RI_PHASE_UNMOUNT] = "unmount",
	[RI_PHASE_RELEASE] = "release",
};

/** Length of the UTF-8 sequence at @s (RFC 3629), 0 if it does not begin with one. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, second_min, second_max;
		size_t n;
	} rows[] = {
		{ 0x20, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		if (s[0] < rows[r].first || s[0] > rows[r].last)
			continue;
		if (rows[r].n > 1 && (s[1] < rows[r].second_min || s[1] > rows[r].second_max))
			return 0;
		for (size_t i = 2; i < rows[r].n; i++)
			if (s[i] < 0x80 || s[i] > 0xbf)
				return 0;
		return rows[r].n;
	}
	return 0;
}

void ri_json_string(struct ri_buf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	ri_buf_add(out, "\"", 1);
	for (; *p; p += n) {
		n = utf8_length(p);
		if (*p == '"' || *p == '\\')
			ri_buf_addf(out, "\\%c", *p);
		else if (*p < 0x20)
			ri_buf_addf(out, "\\u%04x", *p);
		else if (n == 0)
			ri_buf_add_str(out, "\\ufffd");
		else
			ri_buf_add(out, p, n);
		n += n == 0;
	}
	ri_buf_add(out, "\"", 1);
}

static void render_list(struct ri_buf *out, const struct ri_strv *l)
{
	ri_buf_add_str(out, "[");
	for (size_t i = 0; i < l->n; i++) {
		ri_buf_add_str(out, i ? ", " : "");
		ri_json_string(out, l->v[i]);
	}
	ri_buf_add_str(out, "]");
}

static void render_disks(struct ri_buf *out, const struct ri_strv *released,
    const struct ri_strv *kept)
{
	ri_buf_add_str(out, disks_key);
	render_list(out, released);
	ri_buf_add_str(out, ",\n\t\"kept\": ");
	render_list(out, kept);
	ri_buf_add_str(out, "\n}\n");
}

static void render_seconds(struct ri_buf *out, const int64_t ms[RI_PHASES])
{
	int64_t total = 0;

	ri_buf_add_str(out, seconds_key);
	ri_buf_add_str(out, "{");
	for (size_t i = 0; i < RI_PHASES; i++) {
		ri_buf_addf(out, "\"%s\": %" PRId64 ".%03d, ", phases[i], ms[i] / 1000,
		    (int)(ms[i] % 1000));
		total += ms[i];
	}
	ri_buf_addf(out, "\"total\": %" PRId64 ".%03d},\n", total / 1000, (int)(total % 1000));
}

static void render_text(struct ri_buf *out, const char *key, const char *value)
{
	ri_buf_addf(out, "\t\"%s\": ", key);
	if (value)
		ri_json_string(out, value);
	else
		ri_buf_add_str(out, "null");
	ri_buf_add_str(out, ",\n");
}

void ri_status_render(const struct ri_status *s, struct ri_buf *out)
{
	ri_buf_add_str(out, "{\n");
	render_text(out, "result", s->in_ram ? "ram" : "disk");
	render_text(out, "reason", s->in_ram ? NULL : s->reason);
	render_text(out, "build", s->build);
	render_text(out, "form", s->in_ram ? s->form : NULL);
	ri_buf_addf(out, "\t\"foreign\": %s,\n", s->foreign ? "true" : "false");
	ri_buf_addf(out, "\t\"bytes\": %" PRIu64 ",\n\t\"entries\": %" PRIu64 ",\n", s->bytes,
	    s->entries);
	ri_buf_addf(out,
	    "\t\"dropped\": {\"user_xattrs\": %" PRIu64 ", \"other_xattrs\": %" PRIu64
	    ", \"acls\": %" PRIu64 "},\n",
	    s->loss.user_xattrs, s->loss.other_xattrs, s->loss.acls);
	render_seconds(out, s->ms);
	render_disks(out, &s->released, &s->kept);
}

/** The milliseconds that render_seconds wrote for @phase; 0 where there are none. */
static int64_t read_ms(struct ri_span line, const char *phase)
{
	char key[24];
	int n = snprintf(key, sizeof key, "\"%s\": ", phase);
	const char *p = memmem(line.p, line.n, key, (size_t)n), *end = line.p + line.n;
	int64_t ms = 0;

	if (!p)
		return 0;
	/* Three decimals, always: without the point they are milliseconds. */
	for (p += n; p < end && ((*p >= '0' && *p <= '9') || *p == '.'); p++)
		if (*p != '.')
			ms = ms % (INT64_MAX / 100) * 10 + (*p - '0');
	return ms;
}

static void replace_release_time(struct ri_span line, int64_t release, struct ri_buf *out)
{
	int64_t ms[RI_PHASES];

	for (size_t i = 0; i < RI_PHASES; i++)
		ms[i] = i == RI_PHASE_RELEASE ? release : read_ms(line, phases[i]);
	render_seconds(out, ms);
}

int ri_status_released(struct ri_span old, const struct ri_strv *released,
    const struct ri_strv *kept, int64_t ms, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span line;

	while (ri_span_line(&old, &line)) {
		if (ri_span_starts(line, disks_key)) {
			render_disks(out, released, kept);
			return 0;
		}
		if (ri_span_starts(line, seconds_key))
			replace_release_time(line, ms, out);
		else
			ri_buf_add_span(out, line);
	}
	return ri_fail(e, RI_E_VERIFY, 0, "no line with \"released\"");
}

static int write_all(int fd, struct ri_span text, const char *path, struct ri_err *e)
{
	ssize_t n;

	while (text.n > 0) {
		n = write(fd, text.p, text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "writing %s", path);
		text.p += n;
		text.n -= (size_t)n;
	}
	return 0;
}

int ri_status_write(const char *path, struct ri_span text, struct ri_err *e)
{
	char tmp[512], dir[512];
	RI_FD int fd = -1;

	snprintf(dir, sizeof dir, "%s", path);
	mkdir(dirname(dir), 0755);
	snprintf(tmp, sizeof tmp, "%s.new", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "creating %s", tmp);
	if (write_all(fd, text, tmp, e) < 0)
		return -1;
	if (rename(tmp, path) < 0)
		return ri_fail(e, RI_E_IO, errno, "renaming %s", tmp);
	return 0;
}
