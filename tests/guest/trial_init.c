// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /sbin/init of a guest that stays: asks for a login on the console, and does no more.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	fputs("\ntrial login: ", stdout);
	fflush(stdout);
	for (;;) {
		/* What the initramfs has left running ends now and then. */
		if (wait(NULL) < 0)
			pause();
	}
}
