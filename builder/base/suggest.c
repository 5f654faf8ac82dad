// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/suggest.h"

#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t ri_suggest_distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > LONGEST || nb > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] =
			    least(least(up[j], now[j - 1]) + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

bool ri_suggest_better(const char *typed, const char *known, size_t *best)
{
	size_t n = strlen(typed), distance = ri_suggest_distance(typed, known);
	bool close = distance <= 2 && distance * 2 <= n;
	bool beginning = n >= 2 && strncmp(typed, known, n) == 0;

	if ((!close && !beginning) || distance >= *best)
		return false;
	*best = distance;
	return true;
}
