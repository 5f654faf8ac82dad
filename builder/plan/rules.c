// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/rules.h"
#include "plan/glob.h"

const struct ri_rule_row ri_rules_builtin[] = {
	{ "/boot/ram.tar.*", "the archive itself" },
	{ "/boot/ram.squashfs", "the image, likewise" },
	/* Not by the next one: whoever keeps the guest's own does not keep this. */
	{ "/boot/initrd.img-ramboot*", "the initrd that unpacks the archive" },
	{ "/boot/initrd*", "initramfs images, which only a boot loader reads, from the disk" },
	{ "/boot/initramfs*", "initramfs images, likewise" },
	{ "/proc/", "made by the kernel at run time" },
	{ "/sys/", "made by the kernel at run time" },
	{ "/dev/", "filled by the kernel and udev at boot" },
	{ "/run/", "a tmpfs of its own, made anew at each boot" },
	{ "/tmp/", "temporary files, gone after a boot" },
	{ "/var/tmp/", "temporary files" },
	{ "/lost+found", "belongs to the disk's file system" },
	{ "/var/cache/apt/archives/*.deb", "packages that apt can download again" },
	{ "/var/cache/apt/archives/partial/", "half of packages that apt can download again" },
	{ "/var/lib/apt/lists/", "package lists that apt-get update fetches again" },
	{ "/var/lib/ramimg", "what ramimg keeps for its revert" },
	{ "/etc/fstab.ramimg-orig", "the disk's fstab, kept for ramimg's revert" },
	{ "/swapfile", "swap of the disk" },
	{ "/swap.img", "swap of the disk" },
	{ NULL, NULL },
};

static const char *component_fault(struct ri_span c)
{
	if (c.n == 0)
		return "an empty component";
	if (ri_span_eq(c, ri_str(".")))
		return "a \".\" component";
	return ri_span_eq(c, ri_str("..")) ? "a \"..\" component" : NULL;
}

int ri_rule_check(const char *pattern, struct ri_err *e)
{
	const char *p = pattern;

	if (*p != '/')
		return ri_fail(e, RI_E_CONFIG, 0, "the rule \"%s\" is not an absolute path",
		    pattern);
	if (p[1] == '\0')
		return ri_fail(e, RI_E_CONFIG, 0, "the rule \"/\" would leave everything out");
	while (*p && p[1]) {
		size_t n = strcspn(p + 1, "/");
		const char *fault = component_fault(ri_span(p + 1, n));

		if (fault)
			return ri_fail(e, RI_E_CONFIG, 0, "the rule \"%s\" has %s", pattern, fault);
		p += n + 1;
	}
	return 0;
}

/** The part of @path with as many slashes as @pattern: the only one that it can match. */
static struct ri_span same_depth(struct ri_span path, struct ri_span pattern)
{
	size_t slashes = 0, i = 0;

	for (size_t k = 0; k < pattern.n; k++)
		slashes += pattern.p[k] == '/';
	for (; i < path.n; i++)
		if (path.p[i] == '/' && slashes-- == 0)
			break;
	return ri_span(path.p, i);
}

bool ri_rule_is_contents(const char *rule)
{
	return *rule && rule[strlen(rule) - 1] == '/';
}

static bool matches(const char *rule, struct ri_span path)
{
	struct ri_span pattern = ri_str(rule), part;
	bool contents = ri_rule_is_contents(rule);

	if (contents)
		pattern.n--;
	part = same_depth(path, pattern);
	if (contents && part.n == path.n)
		return false;
	return ri_glob_match(pattern, part);
}

const char *ri_rules_match(const struct ri_rules *r, const char *path)
{
	struct ri_span p = ri_str(path);

	if (p.n <= 1)
		return NULL;
	for (size_t i = 0; i < r->patterns.n; i++)
		if (matches(r->patterns.v[i], p))
			return r->patterns.v[i];
	return NULL;
}

static struct ri_span parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return ri_span(path, slash ? (size_t)(slash - path) : 0);
}

/* Whether @other has what @own leaves out at @path. */
static bool has(const char *other, const char *own, bool earlier, const char *path)
{
	bool out = matches(other, ri_str(path));

	/* All of a directory is less than the directory, and as much as another rule for it. */
	if (ri_rule_is_contents(own))
		return out || (earlier && strcmp(own, other) == 0);
	/* What two patterns match is the earlier one's, unless one matches what it is in. */
	return out && (earlier || ri_rule_is_contents(other) || matches(other, parent(path)));
}

bool ri_rules_is_anothers(const struct ri_rules *r, size_t i, const char *path)
{
	for (size_t j = 0; j < r->patterns.n; j++)
		if (j != i && has(r->patterns.v[j], r->patterns.v[i], j < i, path))
			return true;
	return false;
}

void ri_rules_free(struct ri_rules *r)
{
	ri_strv_free(&r->patterns);
}
