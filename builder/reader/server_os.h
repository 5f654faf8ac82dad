#pragma once
/*
 * Private to the direct reader's process: what libguestfs's inspection would find, or that this is
 * not known for certain.
 */
#include "fs/vfs.h"

/** A file system of an fstab: its device, and where it is mounted. */
struct ri_fsmount {
	char *device, *at;
};

struct ri_fsmounts {
	struct ri_fsmount *v;
	size_t n;
};
void ri_fsmounts_free(struct ri_fsmounts *l);

/**
 * What libguestfs makes of the fstab @text of the guest whose root is @root, but for the root itself:
 * devices of @layout, in the order of the lines.
 * @crypttab: an /etc/crypttab with entries is there.
 * @return 0; -1 RI_E_UNSUPPORTED: a line whose meaning or device is not certain; RI_E_NOMEM.
 */
int ri_reader_fstab(struct ri_span text, const struct ri_disklayout *layout, const char *root,
    bool crypttab, struct ri_fsmounts *out, struct ri_err *e) RI_MUST_CHECK;

/** libguestfs's name of the architecture that a program is for, by its ELF header; NULL: not known. */
const char *ri_reader_elf_arch(struct ri_span head);
