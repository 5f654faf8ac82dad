#pragma once
/*
 * What was left out, added up by rule.
 */
#include "io/pack.h"

/** Count an entry of @bytes that @pattern left out. @return 0; -1 RI_E_NOMEM. */
int ri_pack_left_add(struct ri_pack_result *r, const char *pattern, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;
