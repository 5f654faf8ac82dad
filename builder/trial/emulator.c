// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/emulator.h"
#include "host/process.h"

int ri_trial_emulator_threads(bool *may, struct ri_err *e)
{
	static const char *const argv[] = { "qemu-system-x86_64", "--version", NULL };
	const struct ri_process_opts opts = { .timeout_s = 20, .own_group = true };
	unsigned major, minor;
	RI_BUF said = { 0 };

	*may = false;
	if (ri_process_check(argv, &opts, &said, e) < 0)
		return -1;
	if (said.n > 0 && sscanf(said.p, "QEMU emulator version %3u.%3u", &major, &minor) == 2)
		*may = major > 8 || (major == 8 && minor >= 1);
	return 0;
}
