// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/packages.h"

#define DIR "/var/lib/dpkg"

/* The length of dpkg's list; 0: there is none. */
static int length(struct ri_guest *g, uint64_t *bytes, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };
	enum ri_kind kind;

	*bytes = 0;
	if (g->ops->kind(g, DIR, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (g->ops->list(g, DIR, &names, &sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "status") == 0 && sizes[i] <= RI_PACKAGES_BYTES_MAX)
			*bytes = sizes[i];
	return 0;
}

int ri_packages_sum(struct ri_guest *g, char **out, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1] = "";
	uint64_t bytes;

	if (length(g, &bytes, e) < 0 || (bytes > 0 && g->ops->sha256(g, DIR "/status", hex, e) < 0))
		return -1;
	*out = strdup(hex);
	return *out ? 0 : ri_nomem(e);
}
