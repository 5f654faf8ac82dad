// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What GRUB reads of an ISO: texts, made of templates/iso-search and iso-menu.
 */
#include "base/buf.h"

#include <stdint.h>

/** What an ISO says and has; everything is borrowed. */
struct ri_iso_spec {
	const char *id;              /* of the build, hex digits: GRUB knows the disc by it */
	const char *os_name;         /* in the menu */
	const char *cmdline;         /* the kernel's arguments, as GRUB's script */
	const char *kernel, *initrd; /* paths of the host */
	int64_t
	    date; /* of all that is in it, in seconds since 1970: the same input gives the same bytes */
};

/** Append what GRUB's core does first: it looks for the disc, whatever the firmware calls it. @return 0; -1 RI_E_NOMEM. */
int ri_iso_search(const struct ri_iso_spec *s, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the menu. @return 0; -1 RI_E_GUEST: the name or the arguments have something that GRUB's script cannot hold;
 * RI_E_NOMEM.
 */
int ri_iso_menu(const struct ri_iso_spec *s, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
