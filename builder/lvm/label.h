// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * LVM2's label and the header of a metadata area, at the beginning of a physical volume.
 */
#include "lvm/metadata.h"

/** @first: RI_LVM_LABEL_BYTES of the physical volume. @return 0; -1 RI_E_UNSUPPORTED. */
int ri_lvm_label_parse(struct ri_span first, struct ri_lvm_label *out,
    struct ri_err *e) RI_MUST_CHECK;
/** @head: the first RI_LVM_MDA_BYTES of @area. @return 0; -1 RI_E_UNSUPPORTED. */
int ri_lvm_mda_parse(struct ri_span head, const struct ri_lvm_area *area, struct ri_lvm_locn *out,
    struct ri_err *e) RI_MUST_CHECK;
/** LVM2's checksum of @s, going on from @crc; RI_LVM_CRC_INIT at the beginning. */
uint32_t ri_lvm_crc(uint32_t crc, struct ri_span s);
