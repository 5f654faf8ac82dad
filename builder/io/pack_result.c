#include "io/pack_left.h"

#include <errno.h>
#include <sys/random.h>

int ri_pack_left_add(struct ri_pack_result *r, const char *pattern, uint64_t bytes,
    struct ri_err *e)
{
	struct ri_pack_left *grown;

	for (size_t i = 0; i < r->left_out_n; i++)
		if (strcmp(r->left_out[i].pattern, pattern) == 0) {
			r->left_out[i].entries++;
			r->left_out[i].bytes += bytes;
			return 0;
		}
	grown = realloc(r->left_out, (r->left_out_n + 1) * sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	r->left_out = grown;
	grown[r->left_out_n] = (struct ri_pack_left){ strdup(pattern), 1, bytes };
	if (!grown[r->left_out_n].pattern)
		return ri_nomem(e);
	r->left_out_n++;
	return 0;
}

void ri_pack_result_free(struct ri_pack_result *r)
{
	for (size_t i = 0; i < r->left_out_n; i++)
		free(r->left_out[i].pattern);
	free(r->left_out);
	*r = (struct ri_pack_result){ 0 };
}

int ri_pack_new_build_id(char out[RI_BUILD_ID_LEN + 1], struct ri_err *e)
{
	unsigned char raw[RI_BUILD_ID_LEN / 2];

	/* So few bytes come whole or not at all (getrandom(2)). */
	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		return ri_fail(e, RI_E_IO, errno, "getting random bytes");
	for (size_t i = 0; i < sizeof raw; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
	return 0;
}
