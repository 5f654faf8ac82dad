// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/target_name.h"
#include "pveconf/volid.h"

#define VMID_MIN 100
#define VMID_MAX 999999999

static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

enum ri_named ri_target_kind(const char *target)
{
	if (target[0] == '/' || target[0] == '.')
		return RI_NAMED_PATH;
	if (all_digits(target))
		return RI_NAMED_VMID;
	if (ri_volid_is(target))
		return RI_NAMED_VOLID;
	if (!strchr(target, '/') && ri_volname_vmid(target) != 0)
		return RI_NAMED_SHORT;
	return RI_NAMED_PATH;
}

int ri_target_vmid(const char *target, unsigned *vmid, struct ri_err *e)
{
	unsigned long v = strlen(target) > 9 ? 0 : strtoul(target, NULL, 10);

	if (!all_digits(target) || target[0] == '0' || v < VMID_MIN || v > VMID_MAX)
		return ri_fail(e, RI_E_USAGE, 0,
		    "\"%.40s\" is not a VMID (%d to %d); a file of that name is ./%.40s", target,
		    VMID_MIN, VMID_MAX, target);
	*vmid = (unsigned)v;
	return 0;
}

unsigned ri_target_named_vm(const char *target)
{
	struct ri_err ignored;
	const char *slash;
	unsigned vmid = 0;

	switch (ri_target_kind(target)) {
	case RI_NAMED_VMID:
		return ri_target_vmid(target, &vmid, &ignored) < 0 ? 0 : vmid;
	case RI_NAMED_VOLID:
		slash = strrchr(target, '/');
		return ri_volname_vmid(slash ? slash + 1 : strchr(target, ':') + 1);
	case RI_NAMED_SHORT:
		return ri_volname_vmid(target);
	case RI_NAMED_PATH:
		break;
	}
	return 0;
}
