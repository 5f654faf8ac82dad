#pragma once
/*
 * The readers of one archive, opened and released together.
 */
#include "loader/cons.h"
#include "loader/tarin.h"

struct ri_unpack {
	struct ri_frames *frames;
	struct ri_tarin *tar;
};

/** What turns bytes read into progress on the consoles. */
struct ri_progress {
	struct ri_cons *cons;
	uint64_t total;
};

struct ri_tick ri_progress_tick(struct ri_progress *p);
/** Open the readers on @fd and prove the identity. @return 0; -1 as ri_tarin_open. */
int ri_unpack_begin(int fd, const struct ri_manifest *m, struct ri_tick tick, struct ri_unpack *u,
    struct ri_err *e) RI_MUST_CHECK;
void ri_unpack_free(struct ri_unpack *u);
