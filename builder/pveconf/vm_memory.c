// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/vm_memory.h"

/* MiB that a VM has when its configuration says nothing, and with memory hotplug outside of DIMMs. */
#define MEMORY_DEFAULT 512
#define MEMORY_LEAST 16
#define STATIC 1024
/* More than Proxmox gives any VM, and little enough to be multiplied. */
#define NUMBER_MAX UINT64_C(1000000000)

/* A setting as it is then: [PENDING] comes first, and takes away. */
struct settings {
	const struct ri_vmsection *main, *pending; /* pending NULL: none, or not looked at */
};

static const char *setting(const struct settings *s, const char *key)
{
	const char *then = s->pending ? ri_vmsection_get(s->pending, key) : NULL;

	if (then)
		return then;
	return s->pending && ri_strv_has(&s->pending->deletes, key)
		   ? NULL
		   : ri_vmsection_get(s->main, key);
}

/* JSONSchema.pm:is_integer takes a sign, too. */
static bool whole(const char *text, uint64_t *out)
{
	uint64_t n = 0;

	text += *text == '+';
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > NUMBER_MAX)
			return false;
	}
	*out = n;
	return true;
}

/* Of a value below @min, or none at all, nothing is taken. */
static uint64_t number(const char *text, uint64_t min, uint64_t otherwise)
{
	uint64_t n;

	return text && whole(text, &n) && n >= min ? n : otherwise;
}

static uint64_t memory_of(const char *text)
{
	static const char current[] = "current=";

	if (text && strncmp(text, current, strlen(current)) == 0)
		text += strlen(current);
	return number(text, MEMORY_LEAST, MEMORY_DEFAULT);
}

/* QemuServer.pm:parse_hotplug_features: a list; "1" is one without memory. */
static bool hotplugs_memory(const struct settings *s)
{
	static const char memory[] = "memory";
	const char *list = setting(s, "hotplug");
	size_t n = 0;

	for (; list && *list; list += n + (list[n] != '\0')) {
		n = strcspn(list, ",; \t");
		if (n == strlen(memory) && strncmp(list, memory, n) == 0)
			return true;
	}
	return false;
}

static uint64_t at_boot(const struct settings *s, uint64_t memory, uint64_t sockets)
{
	uint64_t fixed = STATIC;

	if (!hotplugs_memory(s))
		return memory;
	if (number(setting(s, "hugepages"), 0, 0) == STATIC)
		fixed *= sockets;
	return fixed < memory ? fixed : memory;
}

static unsigned cpus_of(uint64_t sockets, uint64_t cores)
{
	uint64_t n = sockets * cores;

	return n < 8192 ? (unsigned)n : 8192;
}

void ri_vm_memory_read(const struct ri_vmconf *c, bool running, struct ri_vm_memory *out)
{
	struct settings s = { .main = &c->v[0] };
	uint64_t sockets, balloon;

	for (size_t i = 0; i < c->n && !running; i++)
		if (c->v[i].kind == RI_VMSEC_PENDING)
			s.pending = &c->v[i];
	sockets = number(setting(&s, "sockets"), 1, 1);
	out->memory = memory_of(setting(&s, "memory"));
	out->boot = at_boot(&s, out->memory, sockets);
	out->cpus = cpus_of(sockets, number(setting(&s, "cores"), 1, 1));
	/* 0: there is no device. QEMU takes no more than what the VM has. */
	out->no_balloon = number(setting(&s, "balloon"), 0, 1) == 0;
	balloon = number(setting(&s, "balloon"), 1, out->memory);
	out->balloon = balloon < out->memory ? balloon : out->memory;
}

enum ri_ram_fit ri_ram_fit(uint64_t least, const struct ri_vm_memory *vm)
{
	if (least == 0 || vm->memory == 0)
		return RI_RAM_NOT_KNOWN;
	if (vm->memory < least)
		return RI_RAM_TOO_LITTLE;
	if (vm->boot < least)
		return RI_RAM_HOTPLUG;
	return vm->balloon < least ? RI_RAM_BALLOON : RI_RAM_ENOUGH;
}

const char *ri_ram_fit_word(enum ri_ram_fit fit)
{
	static const char *const words[] = { [RI_RAM_NOT_KNOWN] = "not known",
		[RI_RAM_ENOUGH] = "enough",
		[RI_RAM_BALLOON] = "balloon",
		[RI_RAM_HOTPLUG] = "hotplug",
		[RI_RAM_TOO_LITTLE] = "too little" };

	return words[fit];
}

void ri_ram_fit_say(uint64_t least, const struct ri_vm_memory *vm, unsigned vmid,
    struct ri_buf *out)
{
	unsigned long long need = least, memory = vm->memory;

	switch (ri_ram_fit(least, vm)) {
	case RI_RAM_TOO_LITTLE:
		ri_buf_addf(out,
		    "its root does not get into RAM with its %llu MiB of memory, it needs %llu MiB, %llu "
		    "more, and its next start boots the disk; give it more",
		    memory, need, need - memory);
		/* Of DIMMs, it has to be so many MiB to the number that they come to, or the VM does not start. */
		if (vm->boot < vm->memory)
			ri_buf_addf(out,
			    ", and take memory off the list of what is hotplugged (qm set %u --memory %llu "
			    "--hotplug network,disk,usb)",
			    vmid, need);
		else
			ri_buf_addf(out, " (qm set %u --memory %llu)", vmid, need);
		break;
	case RI_RAM_BALLOON:
		ri_buf_addf(out,
		    "of its %llu MiB of memory, the balloon may take all but %llu MiB, where its root "
		    "needs %llu MiB; raise the minimum (qm set %u --balloon %llu), or let it take nothing "
		    "(--balloon %llu)",
		    memory, (unsigned long long)vm->balloon, need, vmid, need, memory);
		break;
	case RI_RAM_HOTPLUG:
		ri_buf_addf(out,
		    "of its %llu MiB of memory, %llu MiB are there when it starts, its root needs %llu MiB, "
		    "and whether the rest is there in time is up to the guest's kernel (memhp_default_state="
		    "online); take memory off the list of what is hotplugged (qm set %u --hotplug network,disk,usb)",
		    memory, (unsigned long long)vm->boot, need, vmid);
		break;
	case RI_RAM_NOT_KNOWN:
	case RI_RAM_ENOUGH:
		break;
	}
}
