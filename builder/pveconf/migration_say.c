// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration_internal.h"

#include <stdarg.h>
#include <strings.h>

static int RI_PRINTF(3, 0) put(struct ri_strv *to, struct ri_err *e, const char *fmt, va_list ap)
{
	char line[768];

	vsnprintf(line, sizeof line, fmt, ap);
	return ri_strv_has(to, line) ? 0 : ri_strv_add(to, line, e);
}

int ri_mig_say(struct ri_migcheck *k, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = put(&k->out->blockers, k->e, fmt, ap);
	va_end(ap);
	return rc;
}

int ri_mig_remark(struct ri_migcheck *k, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = put(&k->out->remarks, k->e, fmt, ap);
	va_end(ap);
	return rc;
}

/* What cannot be read for want of anything but memory is simply not what it was taken for. */
bool ri_mig_worked(struct ri_migcheck *k, int rc, const struct ri_err *why)
{
	k->oom = k->oom || (rc < 0 && why->code == RI_E_NOMEM);
	return rc == 0;
}

void ri_mig_list(const struct ri_strv *nodes, struct ri_buf *out)
{
	for (size_t i = 0; i < nodes->n; i++)
		ri_buf_addf(out, "%s%s", i > 0 ? ", " : "", nodes->v[i]);
}

int ri_mig_only(struct ri_migcheck *k, const struct ri_strv *nodes, const char *why)
{
	RI_STRV both = { 0 };
	RI_BUF line = { 0 };

	for (size_t i = 0; i < nodes->n; i++)
		if ((!k->restricted || ri_strv_has(&k->nodes, nodes->v[i])) &&
		    ri_strv_add(&both, nodes->v[i], k->e) < 0)
			return -1;
	if (nodes->n == 0)
		ri_buf_add_str(&line, "none");
	ri_mig_list(nodes, &line);
	ri_buf_addf(&line, " %s", why);
	if (ri_buf_check(&line, k->e) < 0)
		return -1;
	if (!k->because.p || !strstr(k->because.p, line.p))
		ri_buf_addf(&k->because, "%s%s", k->restricted ? "; " : "", line.p);
	ri_strv_free(&k->nodes);
	k->nodes = both;
	both = (struct ri_strv){ 0 };
	k->restricted = true;
	return ri_buf_check(&k->because, k->e);
}

bool ri_mig_numbered(const char *key, const char *name)
{
	size_t n = strlen(name);

	return strncmp(key, name, n) == 0 && key[n] &&
	       key[n + strspn(key + n, "0123456789")] == '\0';
}

bool ri_mig_has_part(const char *list, const char *part)
{
	size_t n = strlen(part);

	for (const char *c = list;; c++) {
		size_t length = strcspn(c, ",");

		if (length == n && strncasecmp(c, part, n) == 0)
			return true;
		c += length;
		if (*c == '\0')
			return false;
	}
}

struct ri_span ri_mig_part(const char *list, const char *key)
{
	size_t n = strlen(key);

	for (const char *c = list; *c; c += *c == ',') {
		size_t length = strcspn(c, ",");

		if (length > n && strncmp(c, key, n) == 0 && c[n] == '=')
			return ri_span(c + n + 1, length - n - 1);
		c += length;
	}
	return ri_span("", 0);
}
