#pragma once
/*
 * Who has a file open: what locks do not tell. QEMU locks image files but no block devices, and
 * other programs lock nothing.
 */
#include "base/buf.h"

struct ri_holder {
	int pid; /* 0: nobody */
	char name[32];
};

/**
 * Find a process other than this one that has the file or block device behind @fd open for writing
 * (proc(5): /proc/PID/fd, and the access mode in fdinfo). What this user may not see is passed over.
 * @return 0 with *@out; -1 RI_E_IO.
 */
int ri_holders_find(int fd, struct ri_holder *out, struct ri_err *e) RI_MUST_CHECK;
