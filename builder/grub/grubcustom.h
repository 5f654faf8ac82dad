#pragma once
/*
 * What grubcustom.c and grubcfg.c share.
 */
#include "base/buf.h"

/**
 * What 40_custom prints when grub-mkconfig runs it: all from its third line on.
 * @return 0; -1 RI_E_GUEST where it does not begin with "#!/bin/sh" and "exec tail -n +3 $0" (with
 *         the spellings "#! /bin/sh", "#!/usr/bin/sh" and "$0" in quotes).
 */
int ri_grub_custom_printed(struct ri_span custom, struct ri_span *printed,
    struct ri_err *e) RI_MUST_CHECK;
