// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/elf_arch.h"

#include <elf.h>
#include <stdint.h>

const char *ri_elf_arch(struct ri_span head)
{
	uint16_t type, machine;
	bool wide;

	if (head.n < 20 || memcmp(head.p, ELFMAG, SELFMAG) != 0 || head.p[EI_DATA] != ELFDATA2LSB)
		return NULL;
	type = (uint16_t)((unsigned char)head.p[16] | (unsigned char)head.p[17] << 8);
	machine = (uint16_t)((unsigned char)head.p[18] | (unsigned char)head.p[19] << 8);
	wide = head.p[EI_CLASS] == ELFCLASS64;
	if (type < ET_REL || type > ET_DYN)
		return NULL;
	if (machine == EM_X86_64 && wide)
		return "x86_64";
	if (machine == EM_AARCH64 && wide)
		return "aarch64";
	return machine == EM_386 && !wide ? "i386" : NULL;
}
