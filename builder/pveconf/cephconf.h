// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ceph.conf, as far as it identifies the cluster. Source: the Ceph documentation, "Configuration:
 * sections"; pve-storage RBDPlugin.pm:get_rbd_dev_path.
 */
#include "base/buf.h"

#define RI_CEPH_FSID_LEN 36

/**
 * The value of `fsid` in the section [global], where it has a UUID's form; blanks and case in the
 * key do not count ("FSID = …"), of several the last one counts. @return false if it is missing;
 * else
 * *@out, NUL-terminated and lower case.
 */
bool ri_ceph_fsid(struct ri_span text, char out[RI_CEPH_FSID_LEN + 1]);
