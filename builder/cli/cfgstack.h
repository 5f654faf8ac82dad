// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which configuration files count, and in which order.
 */
#include "plan/job.h"

/** Below the root directory of the host. */
#define RI_CONFIG_DIR "/etc/ramimg"
/** What 0.1.0 reads. */
#define RI_CONFIG_OLD "/etc/ramimg.conf"

/**
 * Override the settings in @job by those of the host's files, each of which overrides single settings of the ones
 * before: RI_CONFIG_DIR/ramimg.conf or, where that is not, RI_CONFIG_OLD; RI_CONFIG_DIR/conf.d/ *.conf in the order
 * of the names' bytes; RI_CONFIG_DIR/vm/VMID.conf, unless @vmid is 0. None of them has to be there. All are below
 * @root, which is "" on a real host. A directory that others can write to is refused.
 * @return 0; -1 as ri_cfgfile_read.
 */
int ri_cfgstack_read(const char *root, unsigned vmid, struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;

/** Whether any VM may have settings of its own, so that it is worth finding out whose volume a path leads to. */
bool ri_cfgstack_has_vms(const char *root);
