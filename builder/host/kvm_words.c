// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kvm_words.h"

/*
 * QEMU 5.2 to 9.2 (accel/kvm/kvm-all.c, target/i386), but for the last, which is libguestfs's
 * (lib/launch-direct.c). The guest's kernel says "KVM" and "kvm-clock" where all is well.
 */
static const char *const phrases[] = {
	"failed to initialize kvm",
	"failed to initialize KVM",
	"Could not access KVM kernel module",
	"requires KVM",
	"KVM: entry failed",
	"KVM internal error",
	"kvm run failed",
	"ioctl(KVM_",
	"kvm_init_vcpu",
	"kvm_buf_set_msrs",
	"KVM is not supported",
	"force_kvm supplied but kvm not available",
};

static bool has(struct ri_span line, const char *phrase)
{
	return memmem(line.p, line.n, phrase, strlen(phrase));
}

static void hear_line(struct ri_kvm_words *w, struct ri_span line)
{
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases && w->line[0] == '\0'; i++)
		if (has(line, phrases[i]))
			snprintf(w->line, sizeof w->line, "%.*s", (int)line.n, line.p);
}

bool ri_kvm_words_hear(struct ri_kvm_words *w, struct ri_span said)
{
	struct ri_span line;

	while (ri_span_line(&said, &line))
		hear_line(w, ri_span_chomp(line));
	return w->line[0] != '\0';
}
