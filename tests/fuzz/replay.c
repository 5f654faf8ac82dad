// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs a fuzz target on files, for compilers without libFuzzer: replay FILE|DIRECTORY... . Each input
 * is given whole and, where it is short, also cut off: behind every byte at first, where headers are, and
 * farther on behind every seventh, which is another place in each block and field.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

enum { CUT_MAX = 4096, CUT_EACH = 1024, CUT_STEP = 7 };

static size_t inputs;

/* A copy of the exact size, so that a sanitizer sees a read beyond it. */
static void run(const char *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	FUZZ_CHECK(copy);
	if (n > 0)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int replay_file(const char *path)
{
	RI_FILE FILE *f = fopen(path, "rb");
	RI_BUF text = { 0 };
	char chunk[4096];
	size_t n;

	if (!f) {
		perror(path);
		return -1;
	}
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		ri_buf_add(&text, chunk, n);
	if (ferror(f) || text.oom) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	if (text.n <= CUT_MAX)
		for (size_t cut = 0; cut < text.n; cut += cut < CUT_EACH ? 1 : CUT_STEP)
			run(text.p, cut);
	run(text.p, text.n);
	inputs++;
	return 0;
}

static int not_dot(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int replay(const char *path)
{
	struct dirent **list;
	struct stat st;
	int n, rc = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return replay_file(path);
	n = scandir(path, &list, not_dot, alphasort);
	if (n < 0) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		RI_BUF file = { 0 };

		ri_buf_addf(&file, "%s/%s", path, list[i]->d_name);
		free(list[i]);
		if (file.oom || replay_file(file.p) < 0)
			rc = -1;
	}
	free(list);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) < 0)
			rc = -1;
	printf("%zu inputs\n", inputs);
	return rc < 0 || inputs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
