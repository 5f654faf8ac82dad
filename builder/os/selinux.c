// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/selinux.h"

static bool begins(struct ri_span s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && ri_span_eq_nocase(ri_span(s.p, n), word);
}

/*
 * As libselinux's selinux_getenforcemode has it: the first line whose value begins with one of the three words, in
 * capitals or not; a line that has blanks in front is none.
 */
static enum ri_selinux configured(struct ri_span text)
{
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		if (!ri_span_starts(line, "SELINUX="))
			continue;
		line = ri_span_trim(ri_span_skip(line, strlen("SELINUX=")));
		if (begins(line, "enforcing"))
			return RI_SELINUX_ENFORCING;
		if (begins(line, "permissive"))
			return RI_SELINUX_PERMISSIVE;
		if (begins(line, "disabled"))
			break;
	}
	return RI_SELINUX_OFF;
}

/** Whether one of the words of a list with commas is "selinux". */
static bool lists_selinux(struct ri_span list)
{
	while (list.n > 0) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;

		if (ri_span_eq(ri_span(list.p, n), ri_str("selinux")))
			return true;
		list = ri_span_skip(list, comma ? n + 1 : n);
	}
	return false;
}

struct arguments {
	bool on, off;            /* selinux= */
	bool chosen, is_selinux; /* lsm= or security= */
	bool enforcing_given, enforcing;
};

static void take(struct ri_span word, struct arguments *a)
{
	if (ri_span_starts(word, "selinux=")) {
		a->off = ri_span_eq(word, ri_str("selinux=0"));
		a->on = !a->off;
	} else if (ri_span_starts(word, "enforcing=")) {
		a->enforcing_given = true;
		a->enforcing = !ri_span_eq(word, ri_str("enforcing=0"));
	} else if (ri_span_starts(word, "lsm=")) {
		a->chosen = true;
		a->is_selinux = lists_selinux(ri_span_skip(word, strlen("lsm=")));
	} else if (ri_span_starts(word, "security=")) {
		a->chosen = true;
		a->is_selinux = ri_span_eq(word, ri_str("security=selinux"));
	}
}

static void read_arguments(const char *cmdline, struct arguments *a)
{
	while (*cmdline) {
		size_t n;

		cmdline += strspn(cmdline, " \t");
		n = strcspn(cmdline, " \t");
		take(ri_span(cmdline, n), a);
		cmdline += n;
	}
}

enum ri_selinux ri_selinux_mode(struct ri_span config, const char *cmdline, bool by_default)
{
	enum ri_selinux mode = configured(config);
	struct arguments a = { 0 };

	read_arguments(cmdline, &a);
	if (a.off || (a.chosen ? !a.is_selinux : !by_default))
		return RI_SELINUX_OFF;
	if (mode != RI_SELINUX_OFF && a.enforcing_given)
		mode = a.enforcing ? RI_SELINUX_ENFORCING : RI_SELINUX_PERMISSIVE;
	return mode;
}
