// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/manifest.h"

#define FORMAT_LINE "format=1"

enum kind { HEX, STRING, FLAG, NUMBER, LIST };

/** What a string must be, apart from free of control bytes. */
enum rule { ANY, NOT_EMPTY, PATH, COMPRESSION, FORM, NAME, ON_FAILURE, CARRIER };

/** One key: the field it stands for. */
struct field {
	const char *key;
	enum kind kind;
	size_t offset;
	size_t digits;  /* HEX */
	enum rule rule; /* STRING */
	bool optional;  /* may be missing, as in manifests older than the key */
};

#define AT(member) offsetof(struct ri_manifest, member)

static const struct field fields[] = {
	{ "build_id", HEX, AT(build_id), RI_BUILD_ID_LEN, ANY, false },
	{ "archive", STRING, AT(archive), 0, PATH, false },
	{ "archive_fs", STRING, AT(archive_fs), 0, NOT_EMPTY, false },
	{ "archive_on_root", FLAG, AT(archive_on_root), 0, ANY, false },
	{ "compression", STRING, AT(compression), 0, COMPRESSION, false },
	{ "archive_bytes", NUMBER, AT(archive_bytes), 0, ANY, false },
	{ "archive_sha256", HEX, AT(archive_sha256), RI_SHA256_HEX, ANY, false },
	{ "tar_bytes", NUMBER, AT(tar_bytes), 0, ANY, false },
	{ "entries", NUMBER, AT(entries), 0, ANY, false },
	{ "inodes", NUMBER, AT(inodes), 0, ANY, false },
	{ "tmpfs_bytes", NUMBER, AT(tmpfs_bytes), 0, ANY, false },
	{ "tmpfs_size", STRING, AT(tmpfs_size), 0, NOT_EMPTY, false },
	{ "reserve_bytes", NUMBER, AT(reserve_bytes), 0, ANY, false },
	{ "loader_bytes", NUMBER, AT(loader_bytes), 0, ANY, true },
	{ "loader_sha256", FLAG, AT(loader_sha256), 0, ANY, true },
	{ "kernel_bytes", NUMBER, AT(kernel_bytes), 0, ANY, true },
	{ "initrd_bytes", NUMBER, AT(initrd_bytes), 0, ANY, true },
	{ "initrd_unpacked_bytes", NUMBER, AT(initrd_unpacked_bytes), 0, ANY, true },
	{ "shed_bytes", NUMBER, AT(shed_bytes), 0, ANY, true },
	{ "uefi", FLAG, AT(uefi), 0, ANY, true },
	{ "release", FLAG, AT(release), 0, ANY, false },
	{ "release_fs", LIST, AT(release_fs), 0, NOT_EMPTY, false },
	{ "kernel", STRING, AT(kernel), 0, NOT_EMPTY, false },
	{ "os", STRING, AT(os), 0, ANY, false },
	{ "grubenv", STRING, AT(grubenv), 0, PATH, true },
	{ "form", STRING, AT(form), 0, FORM, true },
	{ "modules", LIST, AT(modules), 0, NAME, false },
	{ "on_failure", STRING, AT(on_failure), 0, ON_FAILURE, true },
	{ "archive_in", STRING, AT(archive_in), 0, CARRIER, true },
};

enum { FIELDS = sizeof fields / sizeof *fields };

/** Whether the key may be missing from a manifest. */
static bool may_lack(const struct field *f)
{
	return f->kind == LIST || f->optional;
}

static bool has_control(struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/** @return what is wrong with the string, or NULL. */
static const char *string_fault(struct ri_span s, enum rule rule)
{
	if (has_control(s))
		return "contains a control byte";
	if (rule != ANY && s.n == 0)
		return "is empty";
	if (rule == PATH && s.p[0] != '/')
		return "is not an absolute path";
	if (rule == COMPRESSION && !ri_span_eq(s, ri_str("gzip")) &&
	    !ri_span_eq(s, ri_str("zstd")) && !ri_span_eq(s, ri_str("lz4")))
		return "is neither gzip nor zstd nor lz4";
	if (rule == FORM && !ri_span_eq(s, ri_str(RI_FORM_COMPRESSED)))
		return "is not " RI_FORM_COMPRESSED;
	if (rule == ON_FAILURE && !ri_span_eq(s, ri_str(RI_ON_FAILURE_POWEROFF)) &&
	    !ri_span_eq(s, ri_str(RI_ON_FAILURE_REBOOT)))
		return "is neither " RI_ON_FAILURE_POWEROFF " nor " RI_ON_FAILURE_REBOOT;
	if (rule == CARRIER && !ri_span_eq(s, ri_str(RI_ARCHIVE_IN_INITRD)))
		return "is not " RI_ARCHIVE_IN_INITRD;
	if (rule == NAME && (memchr(s.p, '/', s.n) || s.p[0] == '.'))
		return "is not a file name";
	return NULL;
}

static const char *hex_fault(struct ri_span s, size_t digits)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr("0123456789abcdef", s.p[i], 16))
			return "contains a character that is not a lower-case hex digit";
	return s.n == digits ? NULL : "has the wrong number of hex digits";
}

static int faulty(const struct field *f, const char *fault, enum ri_code code, struct ri_err *e)
{
	return fault ? ri_fail(e, code, 0, "%s %s", f->key, fault) : 0;
}

static int put_string(const struct field *f, const char *value, const char *fault,
    struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%s=%s\n", f->key, value);
	return faulty(f, fault, RI_E_GUEST, e);
}

static int render_field(const struct field *f, const struct ri_manifest *m, struct ri_buf *out,
    struct ri_err *e)
{
	const char *at = (const char *)m + f->offset;
	const struct ri_strv *list;
	const char *s;
	uint64_t number;
	bool flag;

	switch (f->kind) {
	case HEX:
		return put_string(f, at, hex_fault(ri_str(at), f->digits), out, e);
	case STRING:
		memcpy(&s, at, sizeof s);
		if (!s && may_lack(f))
			return 0;
		s = s ? s : "";
		return put_string(f, s, string_fault(ri_str(s), f->rule), out, e);
	case FLAG:
		memcpy(&flag, at, sizeof flag);
		ri_buf_addf(out, "%s=%s\n", f->key, flag ? "yes" : "no");
		return 0;
	case NUMBER:
		memcpy(&number, at, sizeof number);
		ri_buf_addf(out, "%s=%llu\n", f->key, (unsigned long long)number);
		return 0;
	case LIST:
		list = (const struct ri_strv *)(const void *)at;
		for (size_t i = 0; i < list->n; i++)
			if (put_string(f, list->v[i], string_fault(ri_str(list->v[i]), f->rule),
				out, e) < 0)
				return -1;
		return 0;
	}
	return 0;
}

int ri_manifest_render(const struct ri_manifest *m, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_add_str(&text, FORMAT_LINE "\n");
	for (size_t i = 0; i < FIELDS; i++)
		if (render_field(&fields[i], m, &text, e) < 0)
			return -1;
	ri_buf_add_span(out, ri_buf_span(&text));
	return ri_buf_check(&text, e) < 0 ? -1 : ri_buf_check(out, e);
}

static const char *parse_number(struct ri_span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return "is empty";
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return "is not a decimal number";
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return "is larger than 64 bits";
	}
	*out = v;
	return NULL;
}

static const char *parse_flag(struct ri_span s, bool *out)
{
	*out = ri_span_eq(s, ri_str("yes"));
	return *out || ri_span_eq(s, ri_str("no")) ? NULL : "is neither yes nor no";
}

static int parse_string(const struct field *f, struct ri_span value, char *at, struct ri_err *e)
{
	char *copy;

	if (faulty(f, string_fault(value, f->rule), RI_E_CONFIG, e) < 0)
		return -1;
	copy = ri_span_dup(value);
	if (!copy)
		return ri_nomem(e);
	memcpy(at, &copy, sizeof copy);
	return 0;
}

static int parse_field(const struct field *f, struct ri_span value, struct ri_manifest *m,
    struct ri_err *e)
{
	char *at = (char *)m + f->offset;
	const char *fault = NULL;
	uint64_t number = 0;
	bool flag = false;

	switch (f->kind) {
	case HEX:
		fault = hex_fault(value, f->digits);
		if (!fault)
			memcpy(at, value.p, value.n);
		break;
	case STRING:
		return parse_string(f, value, at, e);
	case FLAG:
		fault = parse_flag(value, &flag);
		memcpy(at, &flag, sizeof flag);
		break;
	case NUMBER:
		fault = parse_number(value, &number);
		memcpy(at, &number, sizeof number);
		break;
	case LIST:
		if (faulty(f, string_fault(value, f->rule), RI_E_CONFIG, e) < 0)
			return -1;
		return ri_strv_add_span((struct ri_strv *)(void *)at, value, e);
	}
	return faulty(f, fault, RI_E_CONFIG, e);
}

/** The key at the start of @line, which has no LF; its value goes to @value. */
static const struct field *find_field(struct ri_span line, struct ri_span *value)
{
	const char *eq = memchr(line.p, '=', line.n);
	size_t n = eq ? (size_t)(eq - line.p) : 0;

	if (!eq)
		return NULL;
	*value = ri_span(eq + 1, line.n - n - 1);
	for (size_t i = 0; i < FIELDS; i++)
		if (ri_span_eq(ri_span(line.p, n), ri_str(fields[i].key)))
			return &fields[i];
	return NULL;
}

static int parse_line(struct ri_span line, bool *seen, struct ri_manifest *m, struct ri_err *e)
{
	struct ri_span value = { 0 };
	const struct field *f = find_field(line, &value);

	if (!f)
		return value.p ? 0 : ri_fail(e, RI_E_CONFIG, 0, "it has no \"=\"");
	if (seen[f - fields] && f->kind != LIST)
		return ri_fail(e, RI_E_CONFIG, 0, "%s occurs twice", f->key);
	seen[f - fields] = true;
	return parse_field(f, value, m, e);
}

int ri_manifest_parse(struct ri_span in, struct ri_manifest *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { .loader_bytes = RI_LOADER_BYTES };
	bool seen[FIELDS] = { false };
	struct ri_span line = { 0 };

	if (!ri_span_line(&in, &line) || !ri_span_eq(line, ri_str(FORMAT_LINE "\n")))
		return ri_fail(e, RI_E_CONFIG, 0,
		    "the manifest's first line is not " FORMAT_LINE
		    ": it is damaged, or of another ramimg");
	for (size_t lineno = 2; ri_span_line(&in, &line); lineno++) {
		if (line.p[line.n - 1] != '\n')
			return ri_fail(e, RI_E_CONFIG, 0, "the manifest is cut off in line %zu",
			    lineno);
		line.n--;
		if (parse_line(line, seen, &m, e) < 0)
			return ri_ctx(e, "the manifest's line %zu", lineno);
	}
	for (size_t i = 0; i < FIELDS; i++)
		if (!seen[i] && !may_lack(&fields[i]))
			return ri_fail(e, RI_E_CONFIG, 0, "the manifest has no %s", fields[i].key);
	*out = m;
	m = (struct ri_manifest){ 0 };
	return 0;
}

void ri_manifest_free(struct ri_manifest *m)
{
	free(m->archive);
	free(m->archive_fs);
	free(m->compression);
	free(m->tmpfs_size);
	ri_strv_free(&m->release_fs);
	free(m->kernel);
	free(m->os);
	free(m->grubenv);
	free(m->form);
	ri_strv_free(&m->modules);
	free(m->on_failure);
	free(m->archive_in);
	*m = (struct ri_manifest){ 0 };
}
