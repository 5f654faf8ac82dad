// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * JSON of `ramimg list`, `status`, `detach`, `attach` and `check-migrate`.
 */
#include "detach/detach.h"
#include "detach/status.h"
#include "pvehost/list.h"

/** The words of enum ri_root and enum ri_disk_state: "ram", "released". */
const char *ri_root_word(enum ri_root root);
const char *ri_disk_word(enum ri_disk_state disk);

/** Append the document with an object a VM. @return 0; -1 RI_E_NOMEM. */
int ri_report_statuses(const struct ri_vmstatuses *s, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append one VM's blockers. @return 0; -1 RI_E_NOMEM. */
int ri_report_blockers(const struct ri_vmstatus *s, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append what a detach or an attach did, or would do; @format: whose document it is. @return 0; -1 RI_E_NOMEM. */
int ri_report_detach(const char *format, const struct ri_detach_result *r, unsigned vmid,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append the document with an object a volume. @return 0; -1 RI_E_NOMEM. */
int ri_report_list(const struct ri_list *l, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
