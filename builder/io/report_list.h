#pragma once
/*
 * `ramimg list --json`.
 */
#include "io/pvelist.h"

/** Append the list as a JSON array of objects. @return 0; -1 RI_E_NOMEM. */
int ri_report_list(const struct ri_list *l, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
