// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What QEMU and libguestfs themselves say of a KVM that does not work. Everything else that makes an appliance or a
 * machine fail has nothing to do with KVM.
 */
#include "base/buf.h"

/** What was heard. Zero-initialise it. */
struct ri_kvm_words {
	char line[200]; /* the first line that blames KVM; empty: none has */
};

/** Look through @said, some lines of QEMU's or libguestfs's. @return whether any line, now or before, blames KVM. */
bool ri_kvm_words_hear(struct ri_kvm_words *w, struct ri_span said);
